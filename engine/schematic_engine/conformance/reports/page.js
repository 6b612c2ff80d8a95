"use strict";
(() => {
  const search = document.getElementById("search");
  const only = document.getElementById("only");
  const count = document.getElementById("count");
  const connections = [...document.querySelectorAll(".connection")];
  const texts = new Map();
  const textOf = (step) => {
    if (!texts.has(step)) texts.set(step, step.textContent.toLowerCase());
    return texts.get(step);
  };
  const show = () => {
    const wanted = search.value.trim().toLowerCase();
    let found = 0;
    for (const connection of connections) {
      const named = connection.firstElementChild.textContent.toLowerCase().includes(wanted);
      let any = false;
      for (const step of connection.querySelectorAll(".entry")) {
        const fits = (!wanted || named || textOf(step).includes(wanted))
          && (!only.checked || step.classList.contains("is-found"));
        step.classList.toggle("hidden", !fits);
        any = any || fits;
        found += fits ? 1 : 0;
      }
      for (const band of connection.querySelectorAll(".band")) {
        band.classList.toggle("hidden", !band.querySelector(".entry:not(.hidden)"));
      }
      const plain = !connection.querySelector(".entry") && (!wanted || named) && !only.checked;
      connection.classList.toggle("hidden", !any && !plain);
      if (any && (wanted || only.checked)) connection.open = true;
    }
    count.textContent = wanted || only.checked ? `${found} ${found === 1 ? "line" : "lines"}` : "";
  };
  search.addEventListener("input", show);
  only.addEventListener("change", show);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== search) {
      event.preventDefault();
      search.focus();
    }
  });
  const reveal = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const connection = target && target.closest(".connection");
    if (!connection) return;
    connection.open = true;
    target.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", reveal);
  reveal();
})();
