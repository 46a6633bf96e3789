{% if cookiecutter.api_auth == 'cognito' %}
// Sign in with the authorization-code flow and PKCE, and create and list items.
// outputs.json has the outputs of the stack; docs/api.md, Browsers, has its command.
// Tokens stay in this page's memory: a reload asks Cognito again, which remembers the session.

const HERE = `${location.origin}/`;
const PENDING = "sign-in"; // the secrets of a sign-in, in sessionStorage until it is done
const element = (id) => document.getElementById(id);
let stack, token;

class Problem extends Error {}

function show(message) {
  element("message").textContent = message;
}

function encoded(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const random = () => encoded(crypto.getRandomValues(new Uint8Array(32)));

async function digest(text) {
  return encoded(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}

async function outputs() {
  const response = await fetch("outputs.json", { cache: "no-store" });
  if (!response.ok) throw new Problem("outputs.json is missing: docs/api.md, Browsers, has its command.");
  return Object.fromEntries((await response.json()).map((each) => [each.OutputKey, each.OutputValue]));
}

async function signIn() {
  const pending = { state: random(), verifier: random() };
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  location.assign(`${stack.LoginUrl}/oauth2/authorize?${new URLSearchParams({
    client_id: stack.BrowserClientId,
    code_challenge: await digest(pending.verifier),
    code_challenge_method: "S256",
    redirect_uri: HERE,
    response_type: "code",
    scope: "openid email",
    state: pending.state,
  })}`);
}

async function finishSignIn() {
  const query = new URLSearchParams(location.search);
  if (!query.has("code") && !query.has("error")) return;
  history.replaceState(null, "", HERE); // the code does not stay in the history
  const pending = JSON.parse(sessionStorage.getItem(PENDING) ?? "null");
  sessionStorage.removeItem(PENDING);
  if (query.has("error")) throw new Problem(`The sign-in failed: ${query.get("error")}.`);
  if (pending === null || query.get("state") !== pending.state) {
    throw new Problem("This sign-in was not started here. Sign in again.");
  }
  const response = await fetch(`${stack.LoginUrl}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      client_id: stack.BrowserClientId,
      code: query.get("code"),
      code_verifier: pending.verifier,
      grant_type: "authorization_code",
      redirect_uri: HERE,
    }),
  });
  if (!response.ok) throw new Problem(`The sign-in failed: ${(await response.json()).error}.`);
  token = (await response.json()).id_token;
}

function signOut() {
  token = undefined;
  location.assign(`${stack.LoginUrl}/logout?${new URLSearchParams({
    client_id: stack.BrowserClientId,
    logout_uri: HERE,
  })}`);
}

async function call(method, path, body) {
  const headers = { Authorization: token };
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(new URL(path, stack.ApiUrl), {
    method,
    headers,
    body: body && JSON.stringify(body),
  });
  const answer = await response.json();
  if (response.status === 401) {
    token = undefined;
    update();
    throw new Problem("The session has ended. Sign in again.");
  }
  if (!response.ok) throw new Problem(`${response.status}: ${answer.detail ?? answer.message}`);
  return answer;
}

async function list() {
  const rows = (await call("GET", "items")).items.map((item) => {
    const row = document.createElement("tr");
    for (const value of [item.name, item.quantity, item.created_at]) {
      row.insertCell().textContent = value;
    }
    return row;
  });
  element("items").replaceChildren(...rows);
  show(rows.length ? "" : "There are no items yet.");
}

function update() {
  element("sign-in").hidden = Boolean(token);
  for (const id of ["sign-out", "new", "table"]) element(id).hidden = !token;
}

async function run(action) {
  try {
    await action();
  } catch (error) {
    show(error instanceof Problem ? error.message : `The request failed: ${error.message}`);
  }
}

element("sign-in").addEventListener("click", () => run(signIn));
element("sign-out").addEventListener("click", signOut);
element("new").addEventListener("submit", (event) => {
  event.preventDefault();
  run(async () => {
    await call("POST", "items", { name: element("name").value, quantity: element("quantity").valueAsNumber });
    event.target.reset();
    await list();
  });
});
run(async () => {
  stack = await outputs();
  try {
    await finishSignIn();
  } finally {
    update();
  }
  if (token) await list();
});
{% endif %}
