import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { DataSource, Sync } from '@tessera/shared/contracts/connectors'
import type { Static } from 'typebox'
import { type Api, ApiError, membership } from './api.ts'
import type { DevelopmentIssuer } from './development-issuer.ts'

export type Person = { id: string; name: string; guest: boolean }
export type Demo = { question: string; people: [string, string] }

export const sampleRoot = fileURLToPath(new URL('../../../samples/handbook', import.meta.url))
const readJson = <T>(name: string) => JSON.parse(readFileSync(`${sampleRoot}/${name}`, 'utf8')) as T

export const samplePeople = () => readJson<Person[]>('people.json')
export const sampleDemo = () => readJson<{ demo: Demo }>('questions.json').demo

/** What a person chose or was given as their sign-in name, made into the admin of the sample. */
export const sampleAdmin = { id: 'admin', name: 'Sample Admin' }
export const sampleAgentHandle = 'handbook'

/**
 * Loads the sample workspace through the public API, as an admin of any installation would do it: a space, a folder connection, the
 * people with their identity links, an agent, one sync. Loading it again finds what is there and syncs what changed.
 */
export async function loadSample(api: Api, issuer: DevelopmentIssuer, onProgress: (sync: Static<typeof Sync>) => void) {
  const dataSource = await findOrCreateDataSource(api)
  await createPeople(api, issuer, dataSource)
  await createAgent(api)
  await syncToEnd(api, dataSource.id, onProgress)
  await untilIndexed(api, dataSource.id)
}

type DataSourceRow = Static<typeof DataSource>

async function findOrCreateDataSource(api: Api): Promise<DataSourceRow> {
  const { items } = await api.get<{ items: DataSourceRow[] }>('/v1/data-sources?limit=200')
  const found = items.find((item) => item.title === 'Handbook')
  if (found) return found
  const { space } = await api.send<{ space: { name: string } }>('POST', '/v1/spaces', { title: 'Handbook' })
  await api.send('PUT', membership(space.name, 'workspace:members'))
  const connection = await api.send<{ id: string }>('POST', '/v1/connections', {
    connector: 'folder',
    title: 'Sample handbook',
    settings: { root: `${sampleRoot}/pages` },
  })
  const { dataSource } = await api.send<{ dataSource: DataSourceRow }>('POST', '/v1/data-sources', {
    title: 'Handbook',
    space: space.name,
    connectionId: connection.id,
  })
  return dataSource
}

/** Guests are not among `workspace:members`, so each is put into the space by name. */
async function createPeople(api: Api, issuer: DevelopmentIssuer, dataSource: DataSourceRow) {
  for (const person of samplePeople()) {
    const user = await createUser(api, issuer, person)
    if (!user) continue
    await api.send('PUT', `/v1/users/${encodeURIComponent(user.name)}/identities/${dataSource.id}/${person.id}`)
    if (person.guest) await api.send('PUT', membership(dataSource.space, user.name))
  }
}

async function createUser(api: Api, issuer: DevelopmentIssuer, person: Person) {
  try {
    const { user } = await api.send<{ user: { name: string } }>('POST', '/v1/users', {
      issuer: issuer.issuer,
      subject: person.id,
      displayName: person.name,
      guest: person.guest,
    })
    return user
  } catch (error) {
    if (error instanceof ApiError && error.status === 409) return undefined
    throw error
  }
}

async function createAgent(api: Api) {
  try {
    const { agent } = await api.send<{ agent: { id: string } }>('POST', '/v1/agents', {
      handle: sampleAgentHandle,
      title: 'Handbook agent',
      definition: {
        instructions: 'You answer questions about the company from its handbook. Be brief and exact.',
        scope: { kind: 'everything' },
      },
    })
    await api.send('POST', `/v1/agents/${agent.id}/versions/1/publish`)
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 409)) throw error
  }
}

async function syncToEnd(api: Api, dataSourceId: string, onProgress: (sync: Static<typeof Sync>) => void) {
  let sync = await api.send<Static<typeof Sync>>('POST', `/v1/data-sources/${dataSourceId}/syncs`, {})
  while (sync.state === 'running') {
    onProgress(sync)
    await new Promise((resolve) => setTimeout(resolve, 200))
    sync = await api.get(`/v1/data-sources/${dataSourceId}/syncs/${sync.id}`)
  }
  onProgress(sync)
  if (sync.state === 'failed')
    throw new Error(`The sample could not be loaded: ${sync.fault?.detail ?? 'no reason given'}`)
}

async function untilIndexed(api: Api, dataSourceId: string) {
  for (;;) {
    const status = await api.get<{ waiting: number }>(`/v1/data-sources/${dataSourceId}/index`)
    if (status.waiting === 0) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
