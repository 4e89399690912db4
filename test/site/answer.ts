/** What is sent; ETag, 304 and length are seen to by the server. */
export interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** Breaks the connection off after that many bytes. */
  readonly cutAfter?: number
}

/** What the site answers to a path, if it behaves. */
export type Answering = (path: string, host: string) => Promise<Answer>

/** An answer of some text. */
export function answerOf(status: number, type: string, text: string, headers = {}): Answer {
  return { status, type: `${type}; charset=utf-8`, body: Buffer.from(text), headers }
}
