import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kubernetesObjects, makeSecrets } from '../scripts/make-secrets.ts'
import { databaseUsers, problemsOf, services, type Variables } from './environment.ts'
import { build, containersOf, type Manifest, matches, overlays, type Workload, workloadsOf } from './manifests.ts'

/** Variables that exist to be put together into others, as `$(NAME)`. */
const helpers = ['DATABASE_PASSWORD', 'DATABASE_ADDRESS', 'ELASTICSEARCH_PASSWORD']
const secrets = makeSecrets({ ELASTICSEARCH_API_KEY: 'a-key' })
type Made = { kind: string; metadata: { name: string }; data?: Variables; stringData?: Variables }
const made: Made[] = kubernetesObjects(secrets)

for (const overlay of overlays) {
  const manifests = await build(overlay)
  const workloads = workloadsOf(manifests)
  const ofKind = (kind: string) => manifests.filter((manifest) => manifest.kind === kind)
  const names = (kind: string) => [
    ...ofKind(kind).map(({ metadata }) => metadata.name),
    ...made.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name),
  ]
  const serviceWorkloads = workloads.filter(({ kind }) => kind === 'Deployment')

  test(`${overlay}: there is one deployment for each service, with its own account, budget and autoscaler`, () => {
    const expected = services.toSorted()
    assert.deepEqual(serviceWorkloads.map(({ name }) => name).toSorted(), expected)
    for (const kind of ['PodDisruptionBudget', 'HorizontalPodAutoscaler'])
      assert.deepEqual(names(kind).toSorted(), expected, kind)
    for (const { name, pod, container } of serviceWorkloads) {
      assert.equal(pod.serviceAccountName, name)
      assert.deepEqual(container.command, ['node', `services/${name}/src/main.ts`])
    }
  })

  test(`${overlay}: selectors select the pods that they mean`, () => {
    for (const { kind, metadata, spec } of manifests) {
      if (!['Deployment', 'StatefulSet', 'Service', 'PodDisruptionBudget'].includes(kind)) continue
      const labels = kind === 'Service' ? spec.selector : spec.selector?.matchLabels
      const selected = workloads.filter((workload) => matches({ matchLabels: labels ?? {} }, workload.labels))
      assert.deepEqual(
        selected.map(({ name }) => name),
        [metadata.name],
        `${kind} ${metadata.name}`,
      )
    }
    for (const { metadata, spec } of ofKind('HorizontalPodAutoscaler'))
      assert.deepEqual([spec.scaleTargetRef?.kind, spec.scaleTargetRef?.name], ['Deployment', metadata.name])
  })

  test(`${overlay}: every name that a pod refers to exists`, () => {
    for (const workload of workloads) {
      const { name, pod } = workload
      assert.ok(names('ServiceAccount').includes(pod.serviceAccountName ?? ''), `${name}: its account`)
      const claims =
        ofKind('StatefulSet').find(({ metadata }) => metadata.name === name)?.spec.volumeClaimTemplates ?? []
      const volumes = [...(pod.volumes ?? []), ...claims.map(({ metadata }) => metadata)].map((volume) => volume.name)
      for (const { configMap, secret } of pod.volumes ?? []) {
        if (configMap) assert.ok(names('ConfigMap').includes(configMap.name), `${name}: ${configMap.name}`)
        if (secret) assert.ok(names('Secret').includes(secret.secretName), `${name}: ${secret.secretName}`)
      }
      for (const container of containersOf(workload)) {
        for (const mount of container.volumeMounts ?? [])
          assert.ok(volumes.includes(mount.name), `${name}: ${mount.name}`)
        for (const { configMapRef, secretRef } of container.envFrom ?? []) {
          if (configMapRef) assert.ok(names('ConfigMap').includes(configMapRef.name), `${name}: ${configMapRef.name}`)
          if (secretRef) assert.ok(names('Secret').includes(secretRef.name), `${name}: ${secretRef.name}`)
        }
      }
    }
    for (const { spec } of ofKind('StatefulSet')) assert.ok(names('Service').includes(spec.serviceName ?? ''))
  })

  test(`${overlay}: the ports of containers, services and probes agree`, () => {
    const portOf = ({ container }: Workload, port: string | number) =>
      container.ports?.find((one) => one.name === port || one.containerPort === port)?.containerPort
    for (const workload of workloads) {
      const { startupProbe, readinessProbe, livenessProbe } = workload.container
      for (const probe of [startupProbe, readinessProbe, livenessProbe]) {
        const port = probe?.httpGet?.port ?? probe?.tcpSocket?.port
        if (port !== undefined) assert.ok(portOf(workload, port), `${workload.name}: ${port}`)
      }
    }
    for (const workload of serviceWorkloads) {
      assert.equal(portOf(workload, 'http'), 8080)
      assert.equal(workload.container.readinessProbe?.httpGet?.path, '/health/ready')
      assert.equal(workload.container.livenessProbe?.httpGet?.path, '/health/live')
      assert.equal(workload.container.startupProbe?.httpGet?.path, '/health/live')
    }
    for (const { metadata, spec } of ofKind('Service')) {
      const workload = workloads.find(({ labels }) => matches({ matchLabels: spec.selector ?? {} }, labels))
      for (const { targetPort } of spec.ports ?? [])
        assert.ok(workload && portOf(workload, targetPort), `${metadata.name}: ${targetPort}`)
    }
  })

  test(`${overlay}: each service accepts its environment, and knows every variable in it`, () => {
    for (const { name, container } of serviceWorkloads) {
      const variables = variablesOf(container, manifests)
      assert.deepEqual(problemsOf(name, variables, helpers), [], name)
      assert.deepEqual(JSON.parse(variables['ASSERTION_TRUST'] ?? ''), JSON.parse(secrets['ASSERTION_TRUST'] ?? ''))
      assert.equal(variables['NATS_PASSWORD'], secrets[`NATS_PASSWORD_${variables['NATS_USER']?.toUpperCase()}`], name)
      const user = databaseUsers[name]
      if (user === undefined) continue
      const { username, password, hostname } = new URL(variables['DATABASE_URL'] ?? '')
      assert.deepEqual([username, password], [user, secrets[`DATABASE_PASSWORD_${user.toUpperCase()}`]])
      if (overlay === 'dev') assert.ok(names('Service').includes(hostname), hostname)
    }
    const migrations = workloads.find(({ name }) => name === 'migrations')?.container
    assert.ok(migrations)
    const { username, password } = new URL(variablesOf(migrations, manifests)['DATABASE_URL'] ?? '')
    assert.deepEqual([username, password], ['tessera', secrets['POSTGRES_PASSWORD']])
    for (const service of Object.keys(databaseUsers))
      assert.ok(migrations.command?.[2]?.includes(` ${service}`), service)
  })

  test(`${overlay}: no pod gets more than the restricted standard allows, and none gets a token`, () => {
    for (const workload of workloads) {
      const { name, pod } = workload
      assert.equal(pod.automountServiceAccountToken, false, name)
      assert.equal(pod.securityContext?.['runAsNonRoot'], true, name)
      assert.ok(Number(pod.securityContext?.['runAsUser']) > 0, name)
      assert.deepEqual(pod.securityContext?.['seccompProfile'], { type: 'RuntimeDefault' }, name)
      for (const { securityContext, resources, image } of containersOf(workload)) {
        assert.equal(securityContext?.['allowPrivilegeEscalation'], false, name)
        assert.deepEqual(securityContext?.['capabilities'], { drop: ['ALL'] }, name)
        // Elasticsearch's image writes its keystore beside its configuration.
        assert.equal(securityContext?.['readOnlyRootFilesystem'] ?? false, name !== 'elasticsearch', name)
        assert.ok(resources?.requests?.['cpu'] && resources.requests['memory'] && resources.limits?.['memory'], name)
        assert.match(image, /:\d+\.\d+(\.\d+)?(-[a-z]+)?$/)
      }
    }
    for (const { metadata, automountServiceAccountToken } of ofKind('ServiceAccount'))
      assert.equal(automountServiceAccountToken, false, metadata.name)
    for (const { name, pod } of serviceWorkloads)
      assert.ok((pod.terminationGracePeriodSeconds ?? 0) >= 5 + 30, `${name} is not killed while it stops`)
  })
}

test('no secret stands in a manifest', async () => {
  for (const overlay of overlays) assert.equal((await build(overlay)).filter(({ kind }) => kind === 'Secret').length, 0)
})

/** The variables of a container as its process sees them. */
function variablesOf(container: Workload['container'], manifests: readonly Manifest[]): Variables {
  const data = (kind: string, name: string | undefined): Variables => {
    const manifest = manifests.find((one) => one.kind === kind && one.metadata.name === name)
    const object = made.find((one) => one.kind === kind && one.metadata.name === name)
    return manifest?.data ?? object?.data ?? object?.stringData ?? {}
  }
  const variables: Variables = {}
  for (const { configMapRef, secretRef } of container.envFrom ?? [])
    Object.assign(variables, data('ConfigMap', configMapRef?.name), data('Secret', secretRef?.name))
  for (const { name, value = '' } of container.env ?? [])
    variables[name] = value.replaceAll(/\$\((\w+)\)/g, (whole, key: string) => variables[key] ?? whole)
  return variables
}
