import { people, type Person, root } from '../../../samples/handbook/reading.ts'
import { membership } from '../src/api.ts'
import { createAgent, type World } from './world.ts'

export type Handbook = { dataSourceId: string; space: string; userOf: (person: string) => string }

/** The sample handbook in a world: its folder synced, its people linked, an agent over it. `folder` may be a changed copy of the pages. */
export async function loadHandbook(
  world: World,
  agentDefinition: Record<string, unknown> = {},
  folder = root,
): Promise<Handbook> {
  const { admin } = world
  const { space } = await admin.send<{ space: { name: string } }>('POST', '/v1/spaces', { title: 'Handbook' })
  await admin.send('PUT', membership(space.name, 'workspace:members'))
  const connection = await admin.send<{ id: string }>('POST', '/v1/connections', {
    connector: 'folder',
    title: 'Handbook',
    settings: { root: folder },
  })
  const { dataSource } = await admin.send<{ dataSource: { id: string } }>('POST', '/v1/data-sources', {
    title: 'Handbook',
    space: space.name,
    connectionId: connection.id,
  })
  const users = new Map<string, string>()
  for (const person of people) users.set(person.id, await admit(world, person, dataSource.id, space.name))
  await createAgent(world, 'handbook', agentDefinition, 'public')
  await sync(world, dataSource.id)
  return { dataSourceId: dataSource.id, space: space.name, userOf: (person) => users.get(person) ?? '' }
}

async function admit(world: World, person: Person, dataSourceId: string, space: string): Promise<string> {
  const { user } = await world.admin.send<{ user: { name: string } }>('POST', '/v1/users', {
    issuer: world.issuer,
    subject: person.id,
    displayName: person.name,
    guest: person.guest,
  })
  await world.admin.send('PUT', identityPath(user.name, dataSourceId, person.id))
  if (person.guest) await world.admin.send('PUT', membership(space, user.name))
  return user.name
}

export const identityPath = (user: string, dataSourceId: string, person: string) =>
  `/v1/users/${encodeURIComponent(user)}/identities/${dataSourceId}/${encodeURIComponent(person)}`

/** Runs one sync to its end, and waits until the index has it. */
export async function sync(world: World, dataSourceId: string): Promise<void> {
  type Sync = { id: string; state: string; fault?: { detail: string } }
  let running = await world.admin.send<Sync>('POST', `/v1/data-sources/${dataSourceId}/syncs`, {})
  while (running.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, 50))
    running = await world.admin.get<Sync>(`/v1/data-sources/${dataSourceId}/syncs/${running.id}`)
  }
  if (running.state !== 'done') throw new Error(`The sync failed: ${running.fault?.detail}`)
  for (;;) {
    const { waiting } = await world.admin.get<{ waiting: number }>(`/v1/data-sources/${dataSourceId}/index`)
    if (waiting === 0) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
