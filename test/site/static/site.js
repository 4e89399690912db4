// Fills in what the page leaves to scripts: lazy pictures, and galleries that stand in the page's state.
for (const img of document.querySelectorAll('img.lazy')) {
  if (img.dataset.srcset) img.srcset = img.dataset.srcset
  if (img.dataset.src) img.src = img.dataset.src
}
const gallery = document.querySelector('#gallery')
if (gallery) {
  const { product } = JSON.parse(document.querySelector('#gallery-data').textContent)
  const media = window.__STATE__.media.map(({ url, alt }) => ({ full: url, alt }))
  for (const { full, alt } of [...product.gallery, ...media]) {
    gallery.append(Object.assign(new Image(), { src: full, alt }))
  }
}
