        progress = importer.run(key, lambda_context.get_remaining_time_in_millis)
    except Exception as error:
        logger.error("not imported", extra={"key": key, "reason": str(error)})
        raise
    metrics.add_metric(name="ItemsImported", unit=MetricUnit.Count, value=progress.new)
    logger.info(
        "imported" if progress.finished else "out of time",
        extra={"key": key, "new_items": progress.new, "imported": progress.imported},
    )
    if not progress.finished:
        raise Unfinished(f"{progress.imported} of {progress.total} items of {key!r} are imported")


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Work on a batch; {{ summary }}

    Raises:
        Exception: AWS refused or failed. The function's alarm counts that as an error; objects
            that can't be imported, or not yet, are none.
    """
    response = process_partial_response(
        event=event,
        record_handler=work_on,
        processor=processor,
        context=context,
    )
    for _, error, _ in processor.exceptions:
        if error is not None and not isinstance(error, (Unfinished, Unusable)):
            raise error
    return response
