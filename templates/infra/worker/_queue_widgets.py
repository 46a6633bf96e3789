    def widgets(self) -> list[cloudwatch.IWidget]:
        """What the dashboard shows of the worker."""
        return [
            *self.function.widgets("Worker", "ItemsImported"),
            cloudwatch.GraphWidget(
                title="Worker: queue",
                left=[self.queue.metric_approximate_number_of_messages_visible()],
                right=[
                    self.queue.metric_approximate_age_of_oldest_message(),
                    self.dead_letters.metric_approximate_number_of_messages_visible(),
                ],
                width=24,
            ),
        ]
