/** What S3 answers: a status, and a body in XML or none. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | number>>
  readonly body?: string | Buffer
}

const statuses: Readonly<Record<string, number>> = {
  NoSuchKey: 404,
  NoSuchBucket: 404,
  NoSuchUpload: 404,
  AccessDenied: 403,
  InvalidAccessKeyId: 403,
  SignatureDoesNotMatch: 403,
  RequestTimeTooSkewed: 403,
  PreconditionFailed: 412,
  ConditionalRequestConflict: 409,
  TooManyRequests: 429,
  SlowDown: 503,
  InternalError: 500,
  NotImplemented: 501,
  MissingContentLength: 411,
}

/** A refusal by its code; those that are not listed are a plain 400. */
export const refused = (code: string): Answer => ({
  status: statuses[code] ?? 400,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>of a test</Message></Error>`,
})

export const xml = (name: string, content: string): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`,
})

export const element = (name: string, content: string | number | boolean): string =>
  `<${name}>${String(content).replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</${name}>`
