import type { Candidate } from '../catalog/image.ts'

const placeholders =
  /\b(coming soon|no (photo|image|picture|pic|img)s?|(photo|image|picture) (not|un) ?available|placeholder|default image|image missing|noimage|noimg|nophoto)\b/
const graphics =
  /\b(floor ?plan|site ?plan|plot ?plan|size (chart|guide|table)|sizing chart|logo|banner|map|diagram|infographic|energy (label|rating|certificate)|epc|qr ?code|icon|badge)\b/

/**
 * What the file's name or the alternative text calls a picture. Words alone decide nothing, as a photograph of a map is
 * no map: they count where the look agrees.
 */
export function saidToBe({
  url,
  altText,
}: Pick<Candidate, 'url' | 'altText'>): 'placeholder' | 'graphic' | null {
  const said = `${fileName(url)} ${altText ?? ''}`.toLowerCase().replaceAll(/[^\p{L}]+/gu, ' ')
  if (placeholders.test(said)) return 'placeholder'
  return graphics.test(said) ? 'graphic' : null
}

function fileName(url: string): string {
  const name =
    url
      .replace(/[?#].*/s, '')
      .split('/')
      .at(-1) ?? ''
  return name.replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
}
