/* Small help for the keyboard and the clock. Every page works without it. */
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];

  /* Theme: runs in <head>, before anything is drawn. */
  const kept = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("theme");
      return localStorage.setItem("theme", value);
    } catch { return null; }
  };
  if (["light", "dark"].includes(kept())) root.dataset.theme = kept();
  const toggleTheme = () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    kept(root.dataset.theme);
  };

  /* Clock: <span data-since="unix ms">; <body data-now="unix ms"> corrects a wrong desk clock. data-until counts down. */
  let offset = 0;
  const clock = (ms) => {
    const s = Math.max(0, Math.floor(ms / 1000));
    return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
  };
  const tick = () => {
    const now = Date.now() - offset;
    const write = (el, text) => { if (el.textContent !== text) el.textContent = text; };
    all("[data-since]").forEach((el) => write(el, clock(now - Number(el.dataset.since))));
    all("[data-until]").forEach((el) => write(el, clock(Number(el.dataset.until) - now + 999)));
  };

  /* Live total: ticked [data-amount] boxes of a form, written into its [data-total]; [data-needs-total] needs one tick.
     [data-least] goes while the sum is smaller than that, and [data-below] comes. */
  const money = (minor, currency, exponent) =>
    new Intl.NumberFormat(root.lang || "en", {
      style: "currency", currency, minimumFractionDigits: exponent, maximumFractionDigits: exponent,
    }).format(minor / 10 ** exponent);
  const total = (form) => {
    const ticked = [...form.querySelectorAll("input[data-amount]:checked")];
    const sum = ticked.reduce((n, box) => n + Number(box.dataset.amount), 0);
    form.querySelectorAll("[data-total]").forEach((out) => {
      out.textContent = money(sum, out.dataset.currency, Number(out.dataset.exponent));
    });
    form.querySelectorAll("[data-ticked]").forEach((out) => { out.textContent = ticked.length; });
    form.querySelectorAll("[data-needs-total]").forEach((el) => { el.disabled = ticked.length === 0; });
    form.querySelectorAll("[data-least]").forEach((el) => { el.hidden = sum > 0 && sum < Number(el.dataset.least); });
    form.querySelectorAll("[data-below]").forEach((el) => { el.hidden = !(sum > 0 && sum < Number(el.dataset.below)); });
  };

  /* Typed total: a form's amounts and the method that was chosen, after the word of its [data-typed] button. Amounts are
     read as the server reads them; what cannot be read, or is nothing, leaves the word alone, or what is [data-empty]. */
  const minor = (text, exponent) => {
    const plain = text.replace(/[\s']/g, "");
    const [, whole, part = ""] = plain.match(/^([1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d*))?$/)
      ?? plain.match(/^([1-9]\d{0,2}(?:\.\d{3})+),(\d*)$/) ?? plain.match(/^(\d*)[.,]?(\d*)$/) ?? [];
    if (whole === undefined || part.length > exponent) return NaN;
    return Number(whole.replace(/[.,]/g, "") + part.padEnd(exponent, "0"));
  };
  const say = (out) => {
    const { typed: word, currency, exponent } = out.dataset;
    const form = out.closest("form");
    const amounts = [...form.querySelectorAll("input.amount__input")].map((el) => minor(el.value, Number(exponent)));
    const sum = amounts.reduce((n, amount) => n + amount, 0);
    const way = out.dataset[form.querySelector("input[name=method]:checked")?.value] ?? "";
    out.textContent = sum > 0 ? `${word} ${money(sum, currency, Number(exponent))} ${way}`.trim() : out.dataset.empty ?? word;
  };
  const refresh = () => {
    tick();
    all("[data-typed]").forEach(say);
    new Set(all("input[data-amount]").map((box) => box.form).filter(Boolean)).forEach(total);
  };

  /* Once: a form or htmx button that was pressed cannot be pressed again until the answer is here. */
  const free = (part) => [part, ...part.querySelectorAll("[data-busy]")].forEach((el) => delete el.dataset.busy);
  const hold = (el, event) => {
    if (el.dataset.busy) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    el.dataset.busy = "1";
  };
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post" && !event.target.matches("[hx-post]")) return;
    hold(event.target, event);
    if (event.submitter && event.target.dataset.busy) event.submitter.dataset.busy = "1";
  }, true);

  /* Keys: data-key="r" on a button or link presses it. */
  const typing = (el) => el.isContentEditable || el.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=submit], [type=button])");
  const shown = (el) => el.getClientRects().length > 0 && !el.disabled && el.getAttribute("aria-disabled") !== "true";
  const move = (event, step) => {
    const within = event.target.dataset.list ?? "";
    const links = all(`${within} tr[data-href] a, ${within} tr[data-row] a, ${within} .list a`).filter((a, i, list) => shown(a) && list.findIndex((b) => b.closest("tr, li") === a.closest("tr, li")) === i);
    const next = links[links.indexOf(document.activeElement) + step] ?? (document.activeElement === document.body ? links[0] : null);
    if (next) { event.preventDefault(); next.focus(); }
  };
  /* A form that is sent by its button only, form[data-steps]: Enter in a field goes on to the next. */
  const onward = (at) => {
    const chosen = (el) => el.type !== "radio" || (el.checked && el.name !== at.name);
    const stops = (el) => el === at || (el.type !== "fieldset" && chosen(el));
    const fields = [...at.form.elements].filter((el) => shown(el) && stops(el));
    const next = fields[fields.indexOf(at) + 1];
    next?.focus();
    if (next?.matches(".amount__input")) next.select();
  };
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (event.defaultPrevented || event.repeat || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      const menu = document.querySelector("details.menu[open], details.rail__more[open]");
      if (menu) { menu.open = false; menu.querySelector("summary").focus(); return; }
      if (typing(at)) { at.blur(); return; }
    }
    if (event.key === "Enter" && at.matches("form[data-steps] input")) { event.preventDefault(); onward(at); return; }
    if (event.key === "ArrowDown" && at.matches("[data-search]")) { move(event, 1); return; }
    if (typing(at)) return;
    if (event.key === "/") {
      const search = document.querySelector("main [data-search]") ?? document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
      return;
    }
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !at.matches("[type=radio]")) { move(event, event.key === "ArrowDown" ? 1 : -1); return; }
    if (event.key === "Enter" && at.closest("a, button, summary")) return;
    const key = event.key === "Escape" ? "esc" : event.key.toLowerCase();
    const button = all("[data-key]").find((el) => el.dataset.key === key && shown(el));
    if (!button) return;
    event.preventDefault();
    if (!button.dataset.busy) button.click();
    if (button.matches("summary") && button.parentElement.open) button.parentElement.querySelector(".menu__item")?.focus();
  });

  /* Clicks: theme, toasts, menus, rows as links, htmx buttons once. */
  document.addEventListener("click", (event) => {
    const at = event.target.closest ? event.target : document.body;
    const once = at.closest("button[hx-post], a[hx-post]");
    if (once) hold(once, event);
    if (at.closest("[data-theme-toggle]")) toggleTheme();
    const copy = at.closest("[data-copy]");
    if (copy) {
      const from = document.getElementById(copy.dataset.copy);
      const said = copy.querySelector("[data-copied]");
      navigator.clipboard?.writeText(from.value).then(() => { if (said) said.textContent = said.dataset.copied; }, () => from.select());
    }
    if (at.matches("[data-select]")) at.select();
    at.closest("[data-dismiss]")?.closest(".toast, .notice")?.remove();
    all("details.menu[open], details.rail__more[open]").forEach((menu) => { if (!menu.contains(at)) menu.open = false; });
    const row = at.closest("tr[data-href]");
    if (row && !at.closest("a, button, input, label, summary") && !String(getSelection())) {
      if (event.metaKey || event.ctrlKey) open(row.dataset.href); else location.assign(row.dataset.href);
    }
  }, true);

  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-tick-all]")) box.form.querySelectorAll("input[data-amount]").forEach((one) => { one.checked = box.checked; });
    if (box.matches("input[data-amount], [data-tick-all]")) total(box.form);
  });
  document.addEventListener("input", (event) => event.target.form?.querySelectorAll("[data-typed]").forEach(say));
  document.addEventListener("htmx:afterRequest", (event) => free(event.detail.elt));
  document.addEventListener("htmx:afterSettle", refresh);
  /* Tabs that do not fit scroll: the one shown is brought into sight, nothing else moves. */
  const showTab = (tab) => {
    const nav = tab.parentElement;
    const off = tab.getBoundingClientRect().right - nav.getBoundingClientRect().right;
    if (off > 0) nav.scrollLeft += off;
  };
  addEventListener("pageshow", () => { free(root); refresh(); });
  document.addEventListener("DOMContentLoaded", () => {
    if (document.body.dataset.now) offset = Date.now() - Number(document.body.dataset.now);
    refresh();
    all(".tabs [aria-current]").forEach(showTab);
    setInterval(tick, 250);
  });
})();
