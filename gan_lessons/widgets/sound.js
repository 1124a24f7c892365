// The sound player's button: it plays the sound that is chosen, and stops it. The browser's own Audio does the work.

export default {
  render({ model, el }) {
    const button = document.createElement("button");
    const audio = document.createElement("audio"); // without controls it shows nothing
    button.className = "jupyter-widgets jupyter-button widget-button";
    const show = () => {
      button.textContent = audio.paused ? "▶ Play" : "■ Stop";
      button.title = button.ariaLabel = `${audio.paused ? "Play" : "Stop"} ${model.get("name")}`;
    };
    const load = () => {
      audio.pause();
      audio.src = model.get("wav");
      show();
    };
    const toggle = () => {
      if (audio.paused) {
        audio.currentTime = 0;
        audio.play().catch(show); // where the browser can not: the button says Play again
      } else {
        audio.pause();
      }
    };
    ["play", "pause", "ended"].forEach((event) => audio.addEventListener(event, show));
    button.addEventListener("click", toggle);
    model.on("change:wav", load);
    load();
    el.append(button, audio);
    return () => {
      model.off("change:wav", load);
      audio.pause();
    };
  },
};
