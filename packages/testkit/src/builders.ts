/** An installation as builders see it: somebody who may administer its workspace through the public API, and whose people its provider signs for. */
export type Installation = {
  readonly issuer: string
  readonly admin: {
    send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>
  }
}

/** The path of one membership. Names hold colons, and those of sources anything. */
export const membership = (container: string, member: string) =>
  `/v1/memberships/${encodeURIComponent(container)}/${encodeURIComponent(member)}`

/** Makes an active user, and returns its name. */
export async function createPerson(
  at: Installation,
  subject: string,
  options: { guest?: boolean; roles?: string[] } = {},
) {
  const { user } = await at.admin.send<{ user: { name: string } }>('POST', '/v1/users', {
    issuer: at.issuer,
    subject,
    displayName: subject,
    ...options,
  })
  return user.name
}

/** Makes a space that all members of the workspace may enter, and returns its name. */
export async function createSpace(at: Installation, title: string) {
  const { space } = await at.admin.send<{ space: { name: string } }>('POST', '/v1/spaces', { title })
  await at.admin.send('PUT', membership(space.name, 'workspace:members'))
  return space.name
}

export type PushSource = { id: string; space: string }

/** Makes a data source for pushed documents in a space of its own. */
export async function createPushSource(at: Installation, title: string): Promise<PushSource> {
  const space = await createSpace(at, title)
  const { dataSource } = await at.admin.send<{ dataSource: { id: string } }>('POST', '/v1/data-sources', {
    title,
    space,
  })
  return { id: dataSource.id, space }
}

/** Pushes a Markdown document and waits until search can find it. */
export async function putDocument(
  at: Installation,
  source: PushSource,
  externalId: string,
  text: string,
  access: { allow: string[]; deny?: string[]; gates?: string[] },
) {
  return at.admin.send<{ documentId: string; revision: string; indexed: boolean }>(
    'PUT',
    `/v1/data-sources/${source.id}/documents/${encodeURIComponent(externalId)}?wait=indexed`,
    { content: { mediaType: 'text/markdown', text }, access },
  )
}

/** Makes an agent over everything, publishes it, and returns its id. */
export async function createAgent(
  at: Installation,
  handle: string,
  definition: Record<string, unknown> = {},
  run = 'workspace:members',
) {
  const { agent } = await at.admin.send<{ agent: { id: string } }>('POST', '/v1/agents', {
    handle,
    title: handle,
    definition: { instructions: 'Answer from the passages.', scope: { kind: 'everything' }, ...definition },
    grants: { run: [run] },
  })
  await at.admin.send('POST', `/v1/agents/${agent.id}/versions/1/publish`)
  return agent.id
}
