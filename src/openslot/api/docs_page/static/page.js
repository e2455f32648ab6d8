// Shows the API's document with Swagger UI, and sends what is tried to where the page came from: nothing else is reached.
"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

const address = document.getElementById("document").href;

async function show() {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  const spec = await answer.json();
  spec.servers = [{ url: new URL(".", address).href.replace(/\/$/, "") }];
  SwaggerUIBundle({
    spec,
    dom_id: "#calls",
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayOperationId: true,
    displayRequestDuration: true,
    docExpansion: "list",
    filter: true,
    validatorUrl: null,
  });
}

show().catch((error) => {
  document.getElementById("calls").textContent = `The calls can't be shown: ${error.message}`;
});
