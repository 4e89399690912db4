/** Text made safe for HTML, in elements and in quoted attributes. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Attributes with their values escaped; what is undefined is left out. */
export const attributes = (of: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(of)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('')

/** Data inside a script element, which only `</script>` could end. */
export const scriptData = (data: unknown): string => JSON.stringify(data).replaceAll('<', '\\u003c')
