import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const sources = globSync('{packages,services,apps,bench}/**/*.ts', {
  cwd: root,
  exclude: (path) => path.includes('node_modules'),
})
const services = ['gateway', 'access-control', 'retrieval', 'model-router', 'agents', 'connectors']

/** The modules that a file imports, static and dynamic, with its own service's name where it lies in one. */
const importsOf = (file: string) =>
  [...readFileSync(`${root}/${file}`, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((match) => match[1] ?? '')

test('no service imports a service', () => {
  const offences = sources.flatMap((file) => {
    const own = services.find((name) => file.startsWith(`services/${name}/`))
    if (!own && !file.startsWith('packages/')) return []
    return importsOf(file)
      .filter((name) =>
        services.some(
          (other) => other !== own && (name.startsWith(`@tessera/${other}/`) || name.includes(`/${other}/src`)),
        ),
      )
      .map((name) => `${file}: ${name}`)
  })
  assert.deepEqual(offences, [])
})

test('a contract imports schemas, ids, faults and other contracts, nothing that runs', () => {
  const shared = 'packages/shared/src'
  const allowed = ['bus/contract.ts', 'fault/fault.ts', 'ids/ids.ts'].map((file) => `${shared}/${file}`)
  const isAllowed = (file: string, name: string) => {
    const imported = posix.join(posix.dirname(file), name)
    return name === 'typebox' || imported.startsWith(`${shared}/contracts/`) || allowed.includes(imported)
  }
  const offences = sources
    .filter((file) => file.startsWith(`${shared}/contracts/`) && !file.endsWith('.test.ts'))
    .flatMap((file) =>
      importsOf(file)
        .filter((name) => !isAllowed(file, name))
        .map((name) => `${file}: ${name}`),
    )
  assert.deepEqual(offences, [])
})

test('transactions are opened in one place, which forbids bus calls within', () => {
  const offences = sources.filter(
    (file) =>
      file !== 'packages/shared/src/database/database.ts' &&
      !file.endsWith('.test.ts') &&
      /\.transaction\(\)/.test(readFileSync(`${root}/${file}`, 'utf8')),
  )
  assert.deepEqual(offences, [])
})

test('Fastify is started in one place, and in the bare server that the bench measures beside', () => {
  const offences = sources.filter(
    (file) =>
      !['packages/shared/src/http/create-app.ts', 'bench/src/router/floor-gateway.ts'].includes(file) &&
      /\b[Ff]astify\(/.test(readFileSync(`${root}/${file}`, 'utf8')),
  )
  assert.deepEqual(offences, [])
})

test('every dependency is pinned exactly', () => {
  const manifests = globSync('{package.json,{packages,services,apps}/*/package.json,bench/package.json}', { cwd: root })
  const loose = manifests.flatMap((path) => {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(`${root}/${path}`, 'utf8')) as Record<
      string,
      Record<string, string>
    >
    return Object.entries({ ...dependencies, ...devDependencies })
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${path}: ${name} ${version}`)
  })
  assert.ok(manifests.length > 8)
  assert.deepEqual(loose, [])
})
