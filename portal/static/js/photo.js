/* A photograph of a diary page is made small on the telephone: a thin line carries 200 kB, not eight megabytes. */
(() => {
  "use strict";
  const ENOUGH = 200 * 1024;
  const shrink = async (file) => {
    const picture = await createImageBitmap(file);
    for (let side = 1600; side >= 600; side -= 200) {
      const scale = Math.min(1, side / Math.max(picture.width, picture.height));
      const sheet = document.createElement("canvas");
      [sheet.width, sheet.height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
      sheet.getContext("2d").drawImage(picture, 0, 0, sheet.width, sheet.height);
      for (const quality of [0.8, 0.6, 0.45]) {
        const blob = await new Promise((done) => sheet.toBlob(done, "image/jpeg", quality));
        if (blob && blob.size <= ENOUGH) return new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" });
      }
    }
    return file;
  };
  document.addEventListener("change", async (event) => {
    const field = event.target;
    if (!field.matches?.("input[type=file][data-photo]") || !field.files[0]?.type.startsWith("image/")) return;
    const button = field.form.querySelector("button");
    if (field.files[0].size <= ENOUGH) return;
    button.disabled = true;
    try {
      const small = new DataTransfer();
      small.items.add(await shrink(field.files[0]));
      field.files = small.files;
    } catch {
      /* a picture this browser cannot read goes as it is */
    } finally {
      button.disabled = false;
    }
  });
})();
