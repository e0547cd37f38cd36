// Renews parts of a page and sends its forms without leaving it. The pages work without this file.
"use strict";

(() => {
  const address = document.body.dataset.live;
  const pause = Number(document.body.dataset.every || 1000);
  const last = {};

  function put(id, html) {
    const part = document.getElementById(id);
    if (!part || last[id] === html) return;
    last[id] = html;
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.innerHTML = html;
    const again = focused && document.getElementById(focused);
    if (again) again.focus();
  }

  async function renew() {
    if (!address) return;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (answer.ok) Object.entries(await answer.json()).forEach(([id, html]) => put(id, html));
    } catch (error) {
      // The sandbox is being restarted; the next round finds it again.
    }
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    // Not form.method: a button named "method" would hide it.
    if (form.getAttribute("method") !== "post") return;
    event.preventDefault();
    const fields = new URLSearchParams(new FormData(form));
    if (event.submitter && event.submitter.name) {
      fields.set(event.submitter.name, event.submitter.value);
    }
    const answer = await fetch(form.getAttribute("action"), {
      method: "POST",
      body: fields,
      headers: { Accept: "application/json" },
    });
    const place = document.getElementById("said");
    if (place && answer.ok) place.textContent = (await answer.json()).said;
    renew();
  });

  async function round() {
    if (!document.hidden) await renew();
    setTimeout(round, pause);
  }
  round();
})();
