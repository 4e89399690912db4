import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse, parseAllDocuments } from 'yaml'

export const root = path.join(import.meta.dirname, '../..')

/** As much of any manifest as the tests look at. */
export interface Manifest {
  readonly file: string
  readonly kind: string
  readonly apiVersion: string
  readonly metadata: { readonly name: string }
  readonly data?: Readonly<Record<string, string>>
  readonly stringData?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, unknown>>
}

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number }
}

export interface Container {
  readonly name: string
  readonly image: string
  readonly args: readonly string[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
}

export interface PodSpec {
  readonly terminationGracePeriodSeconds?: number
  readonly containers: readonly Container[]
}

export interface Service {
  readonly image: string
  readonly build?: string
  readonly command: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly stop_grace_period?: string
  readonly healthcheck?: { readonly disable?: boolean; readonly test?: readonly string[] }
  readonly deploy?: { readonly replicas?: number; readonly resources?: { readonly limits?: object } }
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>
}

export const composeFile = (): Compose =>
  parse(readFileSync(path.join(root, 'compose.yaml'), 'utf8'), { merge: true }) as Compose

const folder = path.join(root, 'deploy/kubernetes')

/** Every document of every file, but for the kustomization. */
export const manifests = (): readonly Manifest[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
    .flatMap((file) =>
      parseAllDocuments(readFileSync(path.join(folder, file), 'utf8')).map((document) => ({
        ...(document.toJS() as Omit<Manifest, 'file'>),
        file,
      })),
    )

export interface Kustomization {
  readonly namespace: string
  readonly resources: readonly string[]
  readonly images: readonly { readonly name: string; readonly newTag: string }[]
}

export const kustomization = (): Kustomization =>
  parse(readFileSync(path.join(folder, 'kustomization.yaml'), 'utf8')) as Kustomization

/** What runs in a Deployment or a CronJob; null in anything else. */
export function podOf({ kind, spec }: Manifest): PodSpec | null {
  const job = kind === 'CronJob' ? (spec?.['jobTemplate'] as { spec: object }).spec : spec
  const { template } = (job ?? {}) as { template?: { spec: PodSpec } }
  return template?.spec ?? null
}
