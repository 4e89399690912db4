/** What the first bytes of an answer look like, whatever its header says; a decoder has the last word on pictures. */
export type Likeness = 'html' | 'svg' | 'text' | 'binary' | 'empty'

const htmlStart =
  /^(<!doctype html|<html|<head|<body|<script|<title|<meta|<link|<style|<h1|<h2|<div|<table|<p>|<p |<a |<img|<iframe|<br|<font|<center|<nav|<header|<main)/i

/** Judges from the first kilobyte or so. */
export function likeness(start: Uint8Array): Likeness {
  if (start.length === 0) return 'empty'
  const wide = (start[0] === 0xfe && start[1] === 0xff) || (start[0] === 0xff && start[1] === 0xfe)
  if (!wide && start.some(isBinaryByte)) return 'binary'
  // GIF begins with letters, and the rest of a small one need not have a control byte.
  const text = Buffer.from(start).toString(wide && start[0] === 0xff ? 'utf16le' : 'latin1')
  if (/^GIF8[79]a/.test(text)) return 'binary'
  const body = afterPreamble(text)
  if (/^(<!doctype svg|<svg)/i.test(body)) return 'svg'
  return htmlStart.test(body) ? 'html' : 'text'
}

// The bytes that no text has, as https://mimesniff.spec.whatwg.org/#binary-data-byte lists them.
const isBinaryByte = (byte: number) =>
  byte <= 0x08 || byte === 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte <= 0x1f)

/** The text after a byte order mark, blanks, comments and the XML declaration. */
function afterPreamble(text: string): string {
  let rest = text.replace(/^(\ufeff|\u00ef\u00bb\u00bf)/, '')
  for (;;) {
    rest = rest.trimStart()
    const end = rest.startsWith('<!--') ? '-->' : rest.startsWith('<?') ? '>' : null
    if (end === null) return rest
    const at = rest.indexOf(end)
    if (at < 0) return ''
    rest = rest.slice(at + end.length)
  }
}
