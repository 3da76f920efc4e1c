document.querySelectorAll("figure[data-points]").forEach(figure => {
  const points = JSON.parse(figure.dataset.points), step = figure.querySelector("input"), said = figure.querySelector(".said");
  const save = figure.querySelector("[data-png]"), names = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "font-size", "font-weight", "text-anchor"];
  const drawings = [...figure.querySelectorAll("svg.chart")], seen = () => drawings.find(one => one.getBoundingClientRect().width > 0);
  const frame = svg => svg.dataset.frame.split(" ").map(Number);
  const part = (svg, name, values) => {
    const made = svg.querySelector("." + values.class) || svg.appendChild(document.createElementNS(svg.namespaceURI, name));
    Object.entries(values).forEach(([key, value]) => made.setAttribute(key, value));
  };
  const show = at => {
    const [x, y, text] = points[at];
    step.value = at;
    step.setAttribute("aria-valuetext", text);
    said.textContent = text;
    drawings.forEach(svg => {
      const [left, top, width, height] = frame(svg), across = left + x * width;
      part(svg, "path", { class: "cursor", d: `M${across} ${top}v${height}` });
      part(svg, "circle", { class: "cursor-dot", cx: across, cy: top + y * height, r: 6 });
    });
  };
  const nearest = (event, svg) => {
    const box = svg.getBoundingClientRect(), scale = svg.viewBox.baseVal.width / box.width, [left, top, width, height] = frame(svg);
    const x = ((event.clientX - box.left) * scale - left) / width, y = ((event.clientY - box.top) * scale - top) / height;
    const away = one => Math.hypot((one[0] - x) * width * 3, (one[1] - y) * height);
    return points.reduce((best, one, at) => away(one) < away(points[best]) ? at : best, 0);
  };
  if (points.length) {
    step.max = points.length - 1;
    step.closest("[hidden]").hidden = false;
    step.value = Number(figure.dataset.first);
    step.setAttribute("aria-valuetext", points[step.value][2]);
    said.textContent = points[step.value][2];
    step.addEventListener("input", () => show(Number(step.value)));
    step.addEventListener("focus", () => show(Number(step.value)));
    drawings.forEach(svg => svg.addEventListener("pointermove", event => show(nearest(event, svg))));
  }
  save.hidden = false;
  save.addEventListener("click", () => {
    const svg = seen(), copy = svg.cloneNode(true), view = svg.viewBox.baseVal, picture = new Image(), canvas = document.createElement("canvas");
    const styled = [...svg.querySelectorAll("*")];
    [...copy.querySelectorAll("*")].forEach((one, at) => names.forEach(name => one.setAttribute(name, getComputedStyle(styled[at])[name])));
    copy.querySelectorAll(".cursor, .cursor-dot").forEach(one => one.remove());
    copy.setAttribute("width", view.width * 2);
    copy.setAttribute("height", view.height * 2);
    copy.setAttribute("font-family", "sans-serif");
    picture.onload = () => {
      canvas.width = view.width * 2;
      canvas.height = view.height * 2 + 120;
      const context = canvas.getContext("2d"), link = document.createElement("a"), page = getComputedStyle(document.body);
      context.fillStyle = page.backgroundColor;
      context.fillRect(0, 0, canvas.width, canvas.height);
      context.drawImage(picture, 0, 66);
      context.fillStyle = page.color;
      const title = figure.querySelector("h2").textContent, name = document.querySelector("h1").textContent;
      const source = name + ". " + figure.querySelector(".source bdi").textContent;
      [["bold 34px", title, 44], ["24px", source, canvas.height - 20]].forEach(([font, text, y]) => {
        context.font = font + " sans-serif";
        context.fillText(text, 8, y, canvas.width - 16);
      });
      link.download = save.dataset.png;
      link.href = canvas.toDataURL("image/png");
      link.click();
    };
    picture.src = "data:image/svg+xml," + encodeURIComponent(new XMLSerializer().serializeToString(copy));
  });
});
