// The loss board's part in the page: it keeps the last picture (stored.js stands in front of this code), and brings the
// board into sight when a training begins. With Shift+Enter JupyterLab shows the next cell, which the board pushes down.

const HANDS = ["wheel", "keydown", "pointerdown"];

/** Keep `el` wholly in the window while it grows, until the reader moves something, or for as long as it is there. */
function keepInSight(el) {
  const growing = new ResizeObserver(() => el.scrollIntoView({ block: "nearest" }));
  const stop = () => {
    growing.disconnect();
    HANDS.forEach((hand) => removeEventListener(hand, stop, true));
  };
  growing.observe(el);
  HANDS.forEach((hand) => addEventListener(hand, stop, true));
  return stop;
}

export default () => {
  let brought = 0; // the last training for which this page did so
  return {
    initialize,
    render({ model, el }) {
      let stop = () => {};
      const bring = () => {
        if (model.get("trainings") <= brought) return;
        brought = model.get("trainings");
        stop();
        stop = keepInSight(el.closest(".jp-OutputArea-output") ?? el);
      };
      requestAnimationFrame(bring); // when it stands in the page
      model.on("change:trainings", bring);
      return () => {
        model.off("change:trainings", bring);
        stop();
      };
    },
  };
};
