import type { HostsInSight } from './magpie.ts'
import type { Queue } from './jobs.ts'

interface Deps {
  readonly hosts: Pick<HostsInSight, 'resume'>
  readonly queue: Pick<Queue, 'hasten'>
}

/** Ends a host's pause, and has what was put off for it done now; whether the host is known. */
export const resumeHost =
  ({ hosts, queue }: Deps) =>
  async (host: string): Promise<boolean> => {
    const isKnown = await hosts.resume(host)
    // Jobs are kept under the host as an address has it: without the port that goes without saying.
    const names = new Set([host, host.replace(/:(443|80)$/, '')])
    for (const name of names) await queue.hasten(name)
    return isKnown
  }
