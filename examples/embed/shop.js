// Lists what the embedded pages report. A site should look at the origin before it believes a message.
const BOOKING_SITE = "http://localhost:8000";
addEventListener("message", ({ data, origin }) => {
  if (origin !== BOOKING_SITE || !String(data.event).startsWith("calendly.")) return;
  const line = document.createElement("li");
  line.textContent = `${data.event} ${JSON.stringify(data.payload)}`;
  document.querySelector("#messages").append(line);
});
