import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseArgs, parseEnv } from 'node:util'
import { createAssertionKeys, serviceNames } from '../packages/shared/src/bus/assertion-keys.ts'

const usage = `Prints new secrets for a deployment, as an .env file for docker compose, or as Kubernetes objects for kubectl.

  node scripts/make-secrets.ts [--keep <file>] [--kubernetes]

  --keep <file>   an .env file made before: its values stay, only what is missing from it is made. The assertion keys are made together.
  --kubernetes    print Secrets and the ConfigMap assertion-trust as JSON, for: kubectl --namespace tessera apply --filename -`

export type Secrets = Readonly<Record<string, string>>

/** What an operator fills in by hand; empty means not used. Values of the environment are taken over. */
const ownKeys = [
  'OPENAI_API_KEY',
  'ANTHROPIC_API_KEY',
  'GEMINI_API_KEY',
  'MISTRAL_API_KEY',
  'OPENAI_COMPATIBLE_API_KEY',
] as const

/** The service's folder, by its name on the bus. */
const folders = {
  gateway: 'gateway',
  access: 'access-control',
  retrieval: 'retrieval',
  models: 'model-router',
  agents: 'agents',
  connectors: 'connectors',
} as const

/** Letters and digits, beginning with a letter: NATS reads its passwords as configuration text, and addresses hold the others. */
const password = () => `s${randomBytes(24).toString('hex')}`
const upper = (service: string) => service.toUpperCase()

/** Every secret of a deployment. What `kept` has stays as it is; the assertion keys are one set, so all are new if one is missing. */
export function makeSecrets(kept: Secrets = {}, environment: Readonly<Record<string, string | undefined>> = {}) {
  const passwords = [
    'POSTGRES_PASSWORD',
    ...serviceNames.filter((name) => name !== 'gateway').map((name) => `DATABASE_PASSWORD_${upper(name)}`),
    ...serviceNames.map((name) => `NATS_PASSWORD_${upper(name)}`),
    'ELASTIC_PASSWORD',
    'REVISION_TOKEN_KEY',
    'PASSAGE_ID_KEY',
  ]
  const secrets: Record<string, string> = {}
  for (const name of passwords) secrets[name] = kept[name] || password()
  Object.assign(secrets, assertionKeys(kept))
  secrets['AUDIT_SIGNING_KEY'] = kept['AUDIT_SIGNING_KEY'] || newSigningKey()
  for (const name of [...ownKeys, 'ELASTICSEARCH_API_KEY']) secrets[name] = kept[name] || environment[name] || ''
  return secrets
}

function assertionKeys(kept: Secrets): Secrets {
  const names = [...serviceNames.map((name) => `ASSERTION_KEY_${upper(name)}`), 'ASSERTION_TRUST']
  if (names.every((name) => kept[name])) return Object.fromEntries(names.map((name) => [name, kept[name] ?? '']))
  const { signingKeys, trust } = createAssertionKeys()
  const keys = serviceNames.map((name) => [`ASSERTION_KEY_${upper(name)}`, signingKeys[name]] as const)
  return Object.fromEntries([...keys, ['ASSERTION_TRUST', trust] as const])
}

const pkcs8 = { format: 'der', type: 'pkcs8' } as const
const newSigningKey = () => generateKeyPairSync('ed25519').privateKey.export(pkcs8).toString('base64')

/** What a verifier of the decision log keeps. */
function publicKeyOf(signingKey: string): string {
  const key = createPublicKey(createPrivateKey({ key: Buffer.from(signingKey, 'base64'), ...pkcs8 }))
  return key.export({ format: 'der', type: 'spki' }).toString('base64')
}

/** The text of an `.env` file. No value has a quote in it. The public key of the decision log is no variable: whoever verifies the log keeps it. */
export const envFile = (secrets: Secrets) =>
  Object.entries(secrets)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join('') + `# The decision log is verified with: ${publicKeyOf(secrets['AUDIT_SIGNING_KEY'] ?? '')}\n`

/** One Secret for each process that needs one, with no more in it than this process reads, and what all services may know. */
export function kubernetesObjects(secrets: Secrets) {
  const pick = (...names: string[]) => Object.fromEntries(names.map((name) => [name, secrets[name] ?? '']))
  const starting = (prefix: string) => pick(...Object.keys(secrets).filter((name) => name.startsWith(prefix)))
  const extra: Partial<Record<string, Secrets>> = {
    gateway: pick('REVISION_TOKEN_KEY'),
    access: pick('AUDIT_SIGNING_KEY'),
    retrieval: {
      ...pick('PASSAGE_ID_KEY', 'ELASTICSEARCH_API_KEY'),
      ELASTICSEARCH_PASSWORD: secrets['ELASTIC_PASSWORD'] ?? '',
    },
    models: pick(...ownKeys),
  }
  const ofService = (name: (typeof serviceNames)[number]) => ({
    NATS_PASSWORD: secrets[`NATS_PASSWORD_${upper(name)}`] ?? '',
    ASSERTION_KEY: secrets[`ASSERTION_KEY_${upper(name)}`] ?? '',
    ...(name === 'gateway' ? {} : { DATABASE_PASSWORD: secrets[`DATABASE_PASSWORD_${upper(name)}`] ?? '' }),
    ...extra[name],
  })
  return [
    ...serviceNames.map((name) => secret(folders[name], ofService(name))),
    secret('migrations', { DATABASE_PASSWORD: secrets['POSTGRES_PASSWORD'] ?? '' }),
    secret('postgres', { ...pick('POSTGRES_PASSWORD'), ...starting('DATABASE_PASSWORD_') }),
    secret('nats', starting('NATS_PASSWORD_')),
    secret('elasticsearch', pick('ELASTIC_PASSWORD')),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('assertion-trust'), data: pick('ASSERTION_TRUST') },
  ]
}

const metadata = (name: string) => ({ name, labels: { 'app.kubernetes.io/part-of': 'tessera' } })

const secret = (name: string, stringData: Secrets) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: metadata(name),
  stringData,
})

function main(): void {
  const { values } = parseArgs({
    options: { keep: { type: 'string' }, kubernetes: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help) {
    console.log(usage)
    return
  }
  const kept = values.keep === undefined ? {} : (parseEnv(readFileSync(values.keep, 'utf8')) as Secrets)
  const secrets = makeSecrets(kept, process.env)
  if (values.kubernetes)
    console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: kubernetesObjects(secrets) }, null, 2))
  else process.stdout.write(envFile(secrets))
}

if (import.meta.main) main()
