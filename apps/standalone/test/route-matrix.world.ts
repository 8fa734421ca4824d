import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccessTables } from '@tessera/access-control/database'
import { migrateAccessControl } from '@tessera/access-control/migrations'
import { createWorkspace } from '@tessera/access-control/workspaces/create-workspace'
import { createDatabase } from '@tessera/shared/database/database'
import { openPglite } from '@tessera/shared/database/pglite-worker'
import { createAgent, createPerson, createPushSource, putDocument } from '@tessera/testkit/builders'
import type { TestScope } from '@tessera/testkit/test-scope'
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import { pino } from 'pino'
import { createApi, membership } from '../src/api.ts'
import { createDevelopmentIssuer } from '../src/development-issuer.ts'
import { newInstallation } from '../src/installation.ts'
import { startStandalone } from '../src/standalone.ts'

/** Everybody who may come to a route, in the order of the table's columns. */
export const callers = [
  'nobody',
  'forger',
  'pending',
  'deactivated',
  'member',
  'builder',
  'auditor',
  'admin',
  'foreign',
  'delegate',
  'acting',
  'key:all',
  'key:ask',
  'key:search',
  'key:push',
  'key:models',
] as const
export type CallerName = (typeof callers)[number]

const clientId = 'client-of-the-app'

/** All services in this process with two workspaces, somebody of every kind in the first, and an admin in the second. */
export async function matrixWorld(t: TestScope) {
  const dataDir = await mkdtemp(join(tmpdir(), 'tessera-matrix-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const foreignToken = await makeForeignWorkspace(dataDir)
  const installation = await newInstallation()
  const issuer = await createDevelopmentIssuer(installation.issuerKey)
  const tessera = await startStandalone({
    ...{ dataDir, installation, issuer, folderRoots: ['/'], environment: {}, host: '127.0.0.1', port: 0 },
    admin: { id: 'admin', name: 'Admin' },
    logger: pino({ level: 'silent' }),
  })
  t.after(() => tessera.close())
  const { url } = tessera
  const token = (subject: string) => issuer.tokenFor(subject, subject)
  const as = async (subject: string) => createApi(url, await token(subject))
  const admin = await as('admin')
  const at = { issuer: issuer.issuer, admin }

  const people = {
    admin: (await admin.get<{ name: string }>('/v1/me')).name,
    second: await createPerson(at, 'second', { roles: ['admin', 'member'] }),
    member: await createPerson(at, 'member', { roles: ['member'] }),
    reader: await createPerson(at, 'reader', { roles: ['member'] }),
    builder: await createPerson(at, 'builder', { roles: ['member', 'builder'] }),
    auditor: await createPerson(at, 'auditor', { roles: ['member', 'auditor'] }),
    delegate: await createPerson(at, 'delegate', { roles: ['member'] }),
    deactivated: await createPerson(at, 'deactivated', { roles: ['member'] }),
  }
  await admin.send('PATCH', `/v1/users/${people.deactivated}`, { state: 'deactivated' })
  const source = await createPushSource(at, 'Handbook')
  await admin.send('PUT', `/v1/spaces/${source.space}/delegates/${people.delegate}`)
  const { documentId } = await putDocument(at, source, 'leave.md', '# Leave\n\nEverybody has thirty days of leave.', {
    allow: [people.member, people.reader],
  })
  const member = await as('member')
  const found = await member.send<{ passages: { passageId: string }[] }>('POST', '/v1/search', { query: 'leave days' })
  const passageId = found.passages[0]?.passageId ?? ''
  const agentId = await createAgent(at, 'helper')

  const app = (
    await admin.send<{ serviceAccount: { name: string } }>('POST', '/v1/service-accounts', { displayName: 'App' })
  ).serviceAccount.name
  const key = async (principal: string, scope: string, dataSourceId?: string) =>
    admin.send<{ key: { id: string }; secret: string }>('POST', '/v1/keys', {
      ...{ title: scope, principal, scopes: [scope] },
      ...(dataSourceId !== undefined && { dataSourceId }),
    })
  await admin.send('PUT', `/v1/service-accounts/${app}/acting`, { clientId, scope: { kind: 'everything' } })
  const appKey = (await key(app, 'all')).secret
  const signing = await importJWK(installation.issuerKey, 'EdDSA')
  const issuedToApp = (subject: string) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: 'installation' })
      .setIssuer(issuer.issuer)
      .setAudience(clientId)
      .setSubject(subject)
      .setExpirationTime('10m')
      .sign(signing)
  const keyOf = async (scope: string) => {
    const account = await admin.send<{ serviceAccount: { name: string } }>('POST', '/v1/service-accounts', {
      displayName: scope,
    })
    return (await key(account.serviceAccount.name, scope, scope === 'push' ? source.id : undefined)).secret
  }
  const folder = join(dataDir, 'folder')
  await mkdir(folder)
  await writeFile(join(folder, 'a.md'), '# A\n\nOne sentence.')

  const credentials: Record<CallerName, string | undefined> = {
    nobody: undefined,
    forger: await new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: 'installation' })
      .setIssuer(issuer.issuer)
      .setAudience(issuer.audience)
      .setSubject('admin')
      .setExpirationTime('10m')
      .sign((await generateKeyPair('EdDSA')).privateKey),
    pending: await token('pending'),
    deactivated: await token('deactivated'),
    member: await token('member'),
    builder: await token('builder'),
    auditor: await token('auditor'),
    admin: await token('admin'),
    foreign: foreignToken,
    delegate: await token('delegate'),
    acting: await exchange(url, appKey, await issuedToApp('admin')),
    // The app itself: what it does without a user.
    'key:all': appKey,
    'key:ask': await keyOf('ask'),
    'key:search': await keyOf('search'),
    'key:push': await keyOf('push'),
    'key:models': await keyOf('models'),
  }
  // A first token makes the pending principal known.
  await (await as('pending')).get('/v1/me')

  return {
    ...{ url, admin, as, credentials, people, source, documentId, passageId, agentId, app, folder },
    issuer: issuer.issuer,
    key,
    subjectToken: await issuedToApp('member'),
    membership,
    /** The token of the revision that the workspace is at. */
    revision: async (): Promise<string> => {
      const headers = { authorization: `Bearer ${credentials.admin}` }
      return (await fetch(`${url}/v1/me`, { headers })).headers.get('tessera-revision') ?? ''
    },
  }
}

export type MatrixWorld = Awaited<ReturnType<typeof matrixWorld>>

/** Before the installation starts, as an operator's command would. The token is its admin's. */
async function makeForeignWorkspace(dataDir: string): Promise<string> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const provider = { issuer: 'https://foreign.invalid', audience: 'foreign' }
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'foreign', alg: 'EdDSA', use: 'sig' }] }
  const pglite = await openPglite({ dataDir: join(dataDir, 'database') })
  try {
    const db = createDatabase<AccessTables>({ pglite, schema: 'access' })
    await migrateAccessControl(db, 'access')
    const made = await createWorkspace(db, {
      title: 'Foreign',
      provider: { ...provider, jwks },
      admin: { subject: 'stranger' },
      twoAdmins: false,
    })
    if (!made.ok) throw new Error(made.fault.detail)
  } finally {
    await pglite.close()
  }
  return new SignJWT({})
    .setProtectedHeader({ alg: 'EdDSA', kid: 'foreign' })
    .setIssuer(provider.issuer)
    .setAudience(provider.audience)
    .setSubject('stranger')
    .setExpirationTime('1h')
    .sign(privateKey)
}

async function exchange(url: string, appKey: string, subjectToken: string): Promise<string> {
  const response = await fetch(`${url}/v1/token`, { method: 'POST', ...exchangeRequest(appKey, subjectToken) })
  const { access_token: token } = (await response.json()) as { access_token?: string }
  if (token === undefined) throw new Error(`No token was exchanged: ${response.status}`)
  return token
}

export const exchangeForm = (subjectToken: string) =>
  new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: subjectToken,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
  }).toString()

const exchangeRequest = (appKey: string, subjectToken: string) => ({
  headers: { authorization: `Bearer ${appKey}`, 'content-type': 'application/x-www-form-urlencoded' },
  body: exchangeForm(subjectToken),
})
