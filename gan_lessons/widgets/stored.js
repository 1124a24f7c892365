// The page's part in the picture that stays in the notebook file; the widgets put this in front of their own code.
//
// The kernel updates that picture by the display's id. A page that was loaded after the cell was run knows no such id
// and would be saved with the picture of the beginning: so the page looks for the widget's outputs itself.

const VIEW = "application/vnd.jupyter.widget-view+json";

/** Put `data`, by MIME type, into the outputs that show the widget `id`, where they differ; in JupyterLab alone. */
function store(model, { id, data }) {
  for (const { outputs } of model.widget_manager?.context?.model?.cells ?? []) {
    for (let i = 0; i < (outputs?.length ?? 0); i++) {
      const output = outputs.get(i).toJSON();
      const same = ([type, value]) => String(output.data[type]).trim() === value;
      if (output.data?.[VIEW]?.model_id !== id || Object.entries(data).every(same)) continue;
      outputs.set(i, { ...output, data: { ...output.data, ...data } });
    }
  }
}

/** For each page and widget once: store what the kernel has in the trait `stored`, now and whenever it changes. */
function initialize({ model }) {
  const put = () => model.get("stored")?.id && store(model, model.get("stored"));
  model.on("change:stored", put);
  put();
  return () => model.off("change:stored", put);
}
