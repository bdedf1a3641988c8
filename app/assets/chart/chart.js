// A chart that updates in place: never blank, keeping the zoom. Streamlit's own chart is removed and drawn again on every
// change, and its text has too little contrast. The library comes from the package `plotly`.

let loading;

function plotly() {
  loading ??= import(new URL("../tunewright.plotly/plotly.min.js", import.meta.url)).then(() => window.Plotly);
  return loading;
}

export default function ({ parentElement, data }) {
  const plot = parentElement.querySelector(".plot");
  plot.setAttribute("aria-label", data.alt);
  plotly().then((library) => draw(library, plot, data));
}

function draw(library, plot, { figure, config }) {
  const look = (name) => getComputedStyle(plot).getPropertyValue(`--st-${name}`).trim();
  const ground = "rgba(0, 0, 0, 0)";
  const axis = { gridcolor: look("border-color"), zeroline: false, automargin: true };
  const layout = {
    ...figure.layout,
    template: {},
    autosize: true,
    paper_bgcolor: ground,
    plot_bgcolor: ground,
    modebar: { bgcolor: ground, color: look("text-color"), activecolor: look("primary-color") },
    font: { color: look("text-color"), family: look("font"), size: 12 },
    xaxis: { ...axis, showgrid: false, ...figure.layout.xaxis },
    yaxis: { ...axis, ...figure.layout.yaxis },
    annotations: figure.layout.annotations?.map((one) => ({ ...one, bgcolor: one.bgcolor && look("background-color") })),
  };
  const drawn = JSON.stringify([figure.data, layout]);
  if (plot.drawn === drawn) return; // a refresh without a new point
  plot.drawn = drawn;
  library.react(plot, figure.data, layout, config);
  if (!plot.watched) {
    plot.watched = new ResizeObserver(() => plot.offsetWidth && library.Plots.resize(plot));
    plot.watched.observe(plot.parentElement);
  }
}
