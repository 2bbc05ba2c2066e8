(() => {
  const detail = document.getElementById("detail");
  if (!detail) return;
  let chosen = null;
  const choose = (row) => {
    if (chosen) chosen.classList.remove("is-chosen");
    chosen = row;
    row.classList.add("is-chosen");
    detail.textContent = row.dataset.detail;
  };
  for (const row of document.querySelectorAll(".row")) {
    row.addEventListener("click", () => choose(row));
    row.addEventListener("focus", () => choose(row));
  }
})();
