import { readdirSync, readFileSync } from 'node:fs'

/** CPU seconds that a process has used, and the most memory that it has had, in MB; Linux only. */
export function usageOf(pid: number): { cpuSeconds: number; peakRssMb: number } {
  // The name before the bracket may hold anything; the kernel counts in hundredths of a second.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)!.split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    peakRssMb: Math.round(Number(/^VmHWM:\s*(\d+)/m.exec(status)![1]) / 1024),
  }
}

/** The processes that this one has started and that still run. */
export const children = (): readonly number[] =>
  readdirSync('/proc/self/task').flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  )
