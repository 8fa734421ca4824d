import { people, type Person, root } from '../../../samples/handbook/reading.ts'
import { membership } from '../src/api.ts'
import { createAgent, createPerson, createSpace } from '@tessera/testkit/builders'
import type { Sync } from '@tessera/shared/contracts/connectors'
import type { World } from './world.ts'

export type Handbook = { dataSourceId: string; space: string; userOf: (person: string) => string }

/** The sample handbook in a world: its folder synced, its people linked, an agent over it. `folder` may be a changed copy of the pages. */
export async function loadHandbook(
  world: World,
  agentDefinition: Record<string, unknown> = {},
  folder = root,
): Promise<Handbook> {
  const { admin } = world
  const space = await createSpace(world, 'Handbook')
  const connection = await admin.send<{ id: string }>('POST', '/v1/connections', {
    connector: 'folder',
    title: 'Handbook',
    settings: { root: folder },
  })
  const { dataSource } = await admin.send<{ dataSource: { id: string } }>('POST', '/v1/data-sources', {
    title: 'Handbook',
    space,
    connectionId: connection.id,
  })
  const users = new Map<string, string>()
  for (const person of people) users.set(person.id, await admit(world, person, dataSource.id, space))
  await createAgent(world, 'handbook', agentDefinition, 'public')
  await sync(world, dataSource.id)
  return { dataSourceId: dataSource.id, space, userOf: (person) => users.get(person) ?? '' }
}

async function admit(world: World, person: Person, dataSourceId: string, space: string): Promise<string> {
  const user = await createPerson(world, person.id, { guest: person.guest })
  await world.admin.send('PUT', identityPath(user, dataSourceId, person.id))
  if (person.guest) await world.admin.send('PUT', membership(space, user))
  return user
}

export const identityPath = (user: string, dataSourceId: string, person: string) =>
  `/v1/users/${encodeURIComponent(user)}/identities/${dataSourceId}/${encodeURIComponent(person)}`

/** Runs one sync to its end, and waits until the index has it. */
export async function sync(world: World, dataSourceId: string): Promise<Sync> {
  let running = await world.admin.send<Sync>('POST', `/v1/data-sources/${dataSourceId}/syncs`, {})
  while (running.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, 250))
    running = await world.admin.get<Sync>(`/v1/data-sources/${dataSourceId}/syncs/${running.id}`)
  }
  if (running.state !== 'done') throw new Error(`The sync failed: ${running.fault?.detail}`)
  for (;;) {
    const { waiting } = await world.admin.get<{ waiting: number }>(`/v1/data-sources/${dataSourceId}/index`)
    if (waiting === 0) return running
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}
