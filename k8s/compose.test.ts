import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseEnv } from 'node:util'
import { kubernetesObjects, envFile, makeSecrets } from '../scripts/make-secrets.ts'
import { loadCompose } from './compose.ts'
import { databaseUsers, problemsOf, services, type Variables } from './environment.ts'
import { build, workloadsOf } from './manifests.ts'

const root = join(import.meta.dirname, '..')
const secrets = parseEnv(envFile(makeSecrets())) as Variables
const compose = await loadCompose(secrets)
const serviceOf = (name: string) => {
  const service = compose.services[name]
  assert.ok(service, name)
  return service
}
const environmentOf = (name: string) => serviceOf(name).environment ?? {}

test('the file is refused without its secrets', async () => {
  for (const name of Object.keys(secrets).filter((name) => !name.endsWith('_API_KEY')))
    await assert.rejects(loadCompose({ ...secrets, [name]: '' }), { message: `${name} is required` })
})

test('every dependency exists, and is waited for until it is healthy or has ended well', () => {
  for (const [name, service] of Object.entries(compose.services))
    for (const [other, { condition, required }] of Object.entries(service.depends_on ?? {})) {
      assert.equal(required, true)
      const ends = other === 'migrations'
      assert.equal(condition, ends ? 'service_completed_successfully' : 'service_healthy', `${name}: ${other}`)
      assert.equal(serviceOf(other).healthcheck === undefined, ends, `${name} waits for the health of ${other}`)
    }
  const waits = (name: string) => Object.keys(serviceOf(name).depends_on ?? {})
  for (const name of services) assert.ok(waits(name).includes('nats'), name)
  for (const name of Object.keys(databaseUsers)) assert.ok(waits(name).includes('migrations'), name)
  assert.ok(waits('migrations').includes('postgres'))
  assert.ok(waits('retrieval').includes('elasticsearch'))
})

test('each service accepts its environment, knows every variable in it, and has the user of its name', () => {
  for (const name of services) {
    const variables = environmentOf(name)
    assert.deepEqual(problemsOf(name, variables), [], name)
    assert.equal(
      variables['NATS_PASSWORD'],
      environmentOf('nats')[`NATS_PASSWORD_${variables['NATS_USER']?.toUpperCase()}`],
    )
    assert.deepEqual(JSON.parse(variables['ASSERTION_TRUST'] ?? ''), JSON.parse(secrets['ASSERTION_TRUST'] ?? ''))
    const user = databaseUsers[name]
    if (user === undefined) continue
    const { username, password, host, pathname } = new URL(variables['DATABASE_URL'] ?? '')
    const expected = environmentOf('postgres')[`DATABASE_PASSWORD_${user.toUpperCase()}`]
    assert.deepEqual([username, password, host, pathname], [user, expected, 'postgres:5432', '/tessera'])
  }
})

test('compose and Kubernetes give a service the same variables', async () => {
  const workloads = workloadsOf(await build('dev'))
  const objects = [...(await build('dev')), ...kubernetesObjects(secrets)] as {
    kind: string
    metadata: { name: string }
    data?: Variables
    stringData?: Variables
  }[]
  const keys = (kind: string, name: string | undefined) => {
    const object = objects.find((one) => one.kind === kind && one.metadata.name === name)
    return Object.keys({ ...object?.data, ...object?.stringData })
  }
  // Compose takes these from .env where they are set; in a cluster they are added to a ConfigMap, or need a volume (docs/deployment.md).
  const optional = [
    'EMBEDDING_MODEL',
    'EMBEDDING_CLEARED_LABELS',
    'RERANK_MODEL',
    'DEFAULT_MODEL',
    'OPENAI_COMPATIBLE_URL',
    'OPENAI_COMPATIBLE_HOSTING',
    'MODEL_CATALOGUE',
    'CORS_ORIGINS',
    'FOLDER_ROOTS',
    'ELASTICSEARCH_API_KEY',
  ]
  const helpers = ['DATABASE_PASSWORD', 'DATABASE_ADDRESS', 'ELASTICSEARCH_PASSWORD']
  const compared = (names: string[]) =>
    [...new Set(names)]
      .filter((name) => !name.startsWith('OTEL_') && ![...optional, ...helpers].includes(name))
      .toSorted()
  for (const name of services) {
    const container = workloads.find((workload) => workload.name === name)?.container
    const fromObjects = (container?.envFrom ?? []).flatMap(({ configMapRef, secretRef }) => [
      ...keys('ConfigMap', configMapRef?.name),
      ...keys('Secret', secretRef?.name),
    ])
    const inKubernetes = compared([...fromObjects, ...(container?.env ?? []).map((variable) => variable.name)])
    assert.deepEqual(compared(Object.keys(environmentOf(name))), inKubernetes, name)
  }
})

test('commands, mounted files and health checks name what exists', () => {
  const health = readFileSync(join(root, 'packages/shared/src/http/health.ts'), 'utf8')
  for (const name of services) {
    const { command, healthcheck } = serviceOf(name)
    assert.deepEqual(command, ['node', `services/${name}/src/main.ts`])
    assert.ok(existsSync(join(root, command?.[1] ?? '')))
    const path = /http:\/\/127\.0\.0\.1:8080(\/[\w/]+)/.exec(healthcheck?.test.join(' ') ?? '')?.[1]
    assert.ok(path && health.includes(`'${path}'`), `${name}: ${path}`)
  }
  for (const service of Object.keys(databaseUsers)) {
    assert.ok(serviceOf('migrations').command?.[2]?.includes(` ${service}`), service)
    assert.ok(existsSync(join(root, `services/${service}/src/migrate.ts`)))
  }
  const mounts = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes)
  const files = mounts.filter(({ type }) => type === 'bind').map(({ source }) => source)
  assert.equal(files.length, 4)
  for (const file of [
    'nats/nats.conf',
    'postgres/roles.sh',
    'samples/handbook',
    'services/model-router/src/catalogue/models.json',
  ]) {
    assert.ok(
      files.some((source) => source.endsWith(`/${file}`)),
      file,
    )
    assert.ok(existsSync(join(root, file)), file)
  }
})

test('containers talk over the networks of the map, and only the gateway is published, to this machine', () => {
  const on = (network: string) =>
    Object.entries(compose.services)
      .filter(([, { networks = {} }]) => network in networks)
      .map(([name]) => name)
      .toSorted()
  assert.deepEqual(on('bus'), ['nats', ...services].toSorted())
  assert.deepEqual(on('database'), ['postgres', 'migrations', ...Object.keys(databaseUsers)].toSorted())
  assert.deepEqual(on('search'), ['elasticsearch', 'retrieval'])
  assert.deepEqual(on('outside'), ['gateway', 'model-router'])
  const open = Object.keys(compose.networks).filter((name) => compose.networks[name]?.internal !== true)
  assert.deepEqual(open, ['outside'])
  const published = Object.entries(compose.services).flatMap(([name, { ports = [] }]) =>
    ports.map(({ target, host_ip }) => [name, target, host_ip]),
  )
  assert.deepEqual(published, [['gateway', 8080, '127.0.0.1']])
})

test('our containers run without rights, on a read-only filesystem, and have time to stop; images are pinned by tag', () => {
  for (const name of [...services, 'migrations']) {
    const service = serviceOf(name)
    assert.deepEqual([service.read_only, service.cap_drop], [true, ['ALL']], name)
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name)
    if (name !== 'migrations') assert.equal(service.stop_grace_period, '40s', name)
  }
  for (const [name, { image }] of Object.entries(compose.services))
    assert.match(image, /:\d+\.\d+(\.\d+)?(-[a-z]+)?$/, name)
})

test('the image holds the code of every service, runs as nobody special, with Node as its first process', () => {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').split('\n')
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')))
  const node = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: Variables }
  for (const line of lines.filter((line) => line.startsWith('FROM ')))
    assert.ok(line.startsWith(`FROM node:${node.devDependencies['node']}-`), line)
  for (const workspace of [...services.map((name) => `services/${name}`), 'packages/shared'])
    assert.ok(lines.includes(`COPY ${workspace}/package.json ${workspace}/`), workspace)
  assert.ok(last.includes('COPY packages packages') && last.includes('COPY services services'))
  assert.ok(last.includes('USER 1000:1000'))
  assert.match(last.findLast((line) => line.startsWith('CMD')) ?? '', /^CMD \["node", /)
  const kept = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
  assert.ok(kept.includes('*') && !kept.some((line) => line.startsWith('!') && line.includes('.env')))
})
