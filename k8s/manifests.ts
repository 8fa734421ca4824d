import { join } from 'node:path'
import { run } from '@tessera/testkit/stack/run'
import { parseAllDocuments } from 'yaml'
import { kustomize } from './tools.ts'

export const overlays = ['dev', 'prod'] as const
export type Overlay = (typeof overlays)[number]

/** What `kustomize build` prints for an overlay. */
export async function buildText(overlay: Overlay): Promise<string> {
  return run(await kustomize(), ['build', join(import.meta.dirname, 'overlays', overlay)])
}

export type Labels = Record<string, string>
export type Reference = { name: string; optional?: boolean }
export type EnvFrom = { configMapRef?: Reference; secretRef?: Reference }
export type Probe = { httpGet?: { path: string; port: string | number }; tcpSocket?: { port: string | number } }
export type Container = {
  name: string
  image: string
  command?: string[]
  env?: { name: string; value?: string; valueFrom?: unknown }[]
  envFrom?: EnvFrom[]
  ports?: { name: string; containerPort: number }[]
  resources?: { requests?: Labels; limits?: Labels }
  securityContext?: Record<string, unknown>
  volumeMounts?: { name: string }[]
  startupProbe?: Probe
  readinessProbe?: Probe
  livenessProbe?: Probe
}
export type PodSpec = {
  containers: Container[]
  initContainers?: Container[]
  serviceAccountName?: string
  automountServiceAccountToken?: boolean
  terminationGracePeriodSeconds?: number
  securityContext?: Record<string, unknown>
  volumes?: { name: string; configMap?: Reference; secret?: { secretName: string }; emptyDir?: object }[]
}
export type Peer = {
  podSelector?: Selector
  namespaceSelector?: Selector
  ipBlock?: { cidr: string; except?: string[] }
}
export type Selector = {
  matchLabels?: Labels
  matchExpressions?: { key: string; operator: string; values: string[] }[]
}
export type Rule = { from?: Peer[]; to?: Peer[]; ports?: { port: string | number; protocol?: string }[] }

/** An object of any kind, with those fields of all kinds that the tests look at. */
export type Manifest = {
  kind: string
  metadata: { name: string; namespace?: string; labels?: Labels }
  data?: Labels
  automountServiceAccountToken?: boolean
  spec: {
    selector?: Labels & { matchLabels?: Labels }
    template?: { metadata: { labels: Labels }; spec: PodSpec }
    scaleTargetRef?: { kind: string; name: string }
    serviceName?: string
    ports?: { port: number; targetPort: string | number }[]
    volumeClaimTemplates?: { metadata: { name: string } }[]
    podSelector?: Selector
    policyTypes?: string[]
    ingress?: Rule[]
    egress?: Rule[]
  }
}

/** The objects of an overlay. */
export async function build(overlay: Overlay): Promise<Manifest[]> {
  return parseAllDocuments(await buildText(overlay)).map((document) => document.toJS() as Manifest)
}

/** An object that runs pods, with its pod. */
export type Workload = { name: string; kind: string; labels: Labels; pod: PodSpec; container: Container }

export function workloadsOf(manifests: readonly Manifest[]): Workload[] {
  return manifests.flatMap(({ kind, metadata, spec }) => {
    const container = spec?.template?.spec.containers[0]
    if (!spec?.template || !container) return []
    const { metadata: pod, spec: podSpec } = spec.template
    return [{ name: metadata.name, kind, labels: pod.labels, pod: podSpec, container }]
  })
}

export const containersOf = ({ pod }: Workload) => [...pod.containers, ...(pod.initContainers ?? [])]

export const matches = ({ matchLabels = {}, matchExpressions = [] }: Selector, labels: Labels) =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, operator, values }) => {
    if (operator !== 'In') throw new Error(`The tests do not know the operator ${operator}`)
    return values.includes(labels[key] ?? '')
  })
