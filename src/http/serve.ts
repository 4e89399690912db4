import { MagpieError } from '../errors.ts'
import type { Magpie } from '../jobs/magpie.ts'
import { buildApp } from './app.ts'

/** A listening server. */
export interface Served {
  readonly url: string
  close(): Promise<void>
}

/** Listens for HTTP. Throws `address_in_use`, `address_unavailable`. */
export async function serveHttp(
  magpie: Magpie,
  { host, port }: { host: string; port: number },
): Promise<Served> {
  const app = buildApp(magpie)
  try {
    const url = await app.listen({ host, port })
    return { url, close: () => app.close() }
  } catch (cause) {
    await app.close()
    throw listenError(cause, host, port)
  }
}

/** Why an address cannot be listened on, as an error of ours where it is a common one. */
export function listenError(cause: unknown, host: string, port: number): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  if (code === 'EADDRINUSE')
    return new MagpieError('address_in_use', `Port ${port} on ${host} is in use.`, { cause })
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES' || code === 'ENOTFOUND')
    return new MagpieError('address_unavailable', `Magpie cannot listen on ${host}:${port} (${code}).`, {
      cause,
    })
  return cause
}
