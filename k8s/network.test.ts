import assert from 'node:assert/strict'
import { test } from 'node:test'
import { services } from './environment.ts'
import {
  build,
  type Manifest,
  matches,
  type Overlay,
  type Peer,
  type Rule,
  type Workload,
  workloadsOf,
} from './manifests.ts'

const withTables = ['access-control', 'retrieval', 'model-router', 'agents', 'connectors']

/** The map of docs/architecture.md: who may open a connection to whom, on which port. Whatever is not here is denied. */
const map = (place: (server: string) => string) => [
  ...services.map((service) => `${service} → ${place('nats')}:4222`),
  ...[...withTables, 'migrations'].map((name) => `${name} → ${place('postgres')}:5432`),
  `retrieval → ${place('elasticsearch')}:9200`,
  'gateway → outside:443',
  'model-router → outside:443',
  'anyone → gateway:8080',
]

const expected: Record<Overlay, string[]> = {
  dev: map((server) => server),
  prod: map(() => 'private network'),
}

for (const [overlay, edges] of Object.entries(expected) as [Overlay, string[]][]) {
  test(`${overlay}: pods reach DNS and what the map allows, nothing else`, async () => {
    const manifests = await build(overlay)
    const workloads = workloadsOf(manifests)
    const dns = workloads.flatMap(({ name }) => [`${name} → dns:53/UDP`, `${name} → dns:53`])
    assert.deepEqual(edgesOf(manifests, workloads).toSorted(), [...edges, ...dns].toSorted())
  })

  test(`${overlay}: a pod that no other policy selects is cut off`, async () => {
    const all = (await build(overlay)).filter(({ kind, spec }) => {
      const selector = spec?.podSelector
      return kind === 'NetworkPolicy' && selector && Object.keys(selector).length === 0 && !spec.ingress && !spec.egress
    })
    assert.deepEqual(
      all.map(({ spec }) => spec.policyTypes),
      [['Ingress', 'Egress']],
    )
  })
}

/** Every connection that the policies allow. One between two pods needs the leave of both sides. */
function edgesOf(manifests: readonly Manifest[], workloads: readonly Workload[]): string[] {
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec)
  const rulesFor = (workload: Workload, direction: 'ingress' | 'egress') =>
    policies
      .filter(({ podSelector }) => matches(podSelector ?? {}, workload.labels))
      .flatMap((policy): Rule[] => policy[direction] ?? [])
  const accepts = (to: Workload, from: Workload, port: number) =>
    rulesFor(to, 'ingress').some(
      (rule) =>
        rule.ports?.some((one) => numberOf(one.port, to) === port) &&
        (rule.from?.some(({ podSelector, namespaceSelector }) => {
          return podSelector && !namespaceSelector && matches(podSelector, from.labels)
        }) ??
          true),
    )
  const out = workloads.flatMap((from) =>
    rulesFor(from, 'egress').flatMap(({ to = [], ports = [] }) => {
      // A rule without peers or without ports would allow every one of them.
      assert.ok(to.length > 0 && ports.length > 0, `${from.name} has an egress rule for anything`)
      return to.flatMap((peer) =>
        ports.flatMap(({ port, protocol = 'TCP' }) => {
          const place = placeOf(peer)
          const suffix = protocol === 'TCP' ? '' : `/${protocol}`
          if (place) return [`${from.name} → ${place}:${port}${suffix}`]
          return workloads
            .filter((target) => matches(peer.podSelector ?? {}, target.labels) && accepts(target, from, Number(port)))
            .map((target) => `${from.name} → ${target.name}:${port}${suffix}`)
        }),
      )
    }),
  )
  const open = workloads.flatMap((to) =>
    rulesFor(to, 'ingress')
      .filter(({ from }) => from === undefined)
      .flatMap(({ ports = [] }) => ports.map(({ port }) => `anyone → ${to.name}:${numberOf(port, to)}`)),
  )
  return [...new Set([...out, ...open])]
}

const numberOf = (port: string | number, { container }: Workload) =>
  typeof port === 'number' ? port : container.ports?.find(({ name }) => name === port)?.containerPort

/** A peer that is no pod of ours. */
function placeOf({ ipBlock, namespaceSelector, podSelector }: Peer): string | undefined {
  if (namespaceSelector) {
    assert.deepEqual(namespaceSelector.matchLabels, { 'kubernetes.io/metadata.name': 'kube-system' })
    assert.deepEqual(podSelector?.matchLabels, { 'k8s-app': 'kube-dns' })
    return 'dns'
  }
  if (ipBlock?.cidr === '10.0.0.0/8') return 'private network'
  if (ipBlock?.cidr === '0.0.0.0/0') {
    for (const range of ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '127.0.0.0/8'])
      assert.ok(ipBlock.except?.includes(range), `outside includes ${range}`)
    return 'outside'
  }
  // Global unicast; link-local and unique local addresses of IPv6 lie outside it.
  if (ipBlock?.cidr === '2000::/3') return 'outside'
  return undefined
}
