import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type connectorsContract, filePartBytes } from '@tessera/shared/contracts/connectors'
import type { InputOf } from '@tessera/shared/bus/contract'
import { retrievalFaults } from '@tessera/shared/contracts/retrieval'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { problemIn, startGateway } from '../../test/start-gateway.ts'

const dataSourceId = newId('src')
const path = (externalId = 'a') => `/v1/data-sources/${dataSourceId}/documents/${externalId}`
const pdf = 'application/pdf'

async function taking(t: Parameters<typeof startGateway>[0], limitBytes = 100 * 1024 * 1024) {
  const parts = new Map<string, Buffer[]>()
  const put: InputOf<(typeof connectorsContract)['operations']['putDocument']>[] = []
  const gateway = await startGateway(t, {
    connectors: {
      putFilePart: async ({ uploadId, part, bytes }) => {
        const kept = parts.get(uploadId) ?? []
        kept[part] = Buffer.from(bytes, 'base64')
        parts.set(uploadId, kept)
        const sizeBytes = kept.reduce((sum, { length }) => sum + length, 0)
        return sizeBytes > limitBytes
          ? fail(retrievalFaults.fault('too-large', 'The file is over the limit of 5 MiB.'))
          : ok({ sizeBytes })
      },
      putDocument: async (input) => {
        put.push(input)
        return ok({
          documentId: newId('doc'),
          externalId: input.externalId,
          revision: 3,
          indexed: false,
          attachments: [],
        })
      },
    },
  })
  const send = async (form: FormData, externalId?: string) =>
    fetch(`${gateway.url}${path(externalId)}`, {
      method: 'PUT',
      body: form,
      headers: { authorization: `Bearer ${await gateway.token()}` },
    })
  return { ...gateway, parts, put, send }
}

function formOf(parts: Readonly<Record<string, string | Blob>>): FormData {
  const form = new FormData()
  for (const [name, part] of Object.entries(parts)) form.append(name, part)
  return form
}
const document = JSON.stringify({ content: { title: 'Report' }, access: { allow: ['public'] } })

test('a file goes on in parts, in whatever order the form has, with its size, its hash, and the type that its name tells', async (t) => {
  const { send, put, parts } = await taking(t)
  const bytes = randomBytes(filePartBytes + 10)
  for (const form of [
    formOf({ document, file: new File([bytes], 'report.pdf') }),
    formOf({ file: new File([bytes], 'report.pdf'), document }),
  ]) {
    const response = await send(form)
    assert.equal(response.status, 200)
    assert.ok(response.headers.get('tessera-revision'))
    const { content, access } = put.pop() ?? {}
    const { uploadId = '', ...facts } = content?.file ?? {}
    assert.deepEqual(facts, { sizeBytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
    assert.deepEqual([content?.mediaType, content?.title, access], [pdf, 'Report', { allow: ['public'] }])
    assert.deepEqual(
      parts.get(uploadId)?.map(({ length }) => length),
      [filePartBytes, 10],
    )
    assert.deepEqual(Buffer.concat(parts.get(uploadId) ?? []), bytes)
  }
})

test('the type is the stated one, else by the name of the file, its own type, the external id; an empty file is one', async (t) => {
  const { send, put } = await taking(t)
  const stated = JSON.stringify({ content: { mediaType: 'text/csv' }, access: { allow: [] } })
  for (const [form, externalId, expected] of [
    [formOf({ document: stated, file: new File(['a'], 'a.txt') }), 'a', 'text/csv'],
    [formOf({ document, file: new File(['a'], 'a.md', { type: 'text/plain' }) }), 'a', 'text/markdown'],
    [formOf({ document, file: new File([''], 'noname', { type: pdf }) }), 'a', pdf],
    [formOf({ document, file: new File(['a'], 'noname') }), 'mail.eml', 'message/rfc822'],
  ] as const) {
    assert.equal((await send(form, externalId)).status, 200)
    assert.equal(put.pop()?.content.mediaType, expected)
  }
})

test('a form that breaks a rule is 400 with the part and the field, one over the limit is 413, and neither makes a document', async (t) => {
  const { send, put } = await taking(t, 5 * 1024 * 1024)
  const file = new File(['a'], 'a.pdf')
  for (const [form, field] of [
    [formOf({ document }), '/file'],
    [formOf({ file }), '/document'],
    [formOf({ document: '{', file }), '/document'],
    [formOf({ document: '{"access":{"allow":["public"],"alow":[]}}', file }), '/document/access/alow'],
    [formOf({ document: '{"content":{"text":"a"},"access":{"allow":[]}}', file }), '/document/content/text'],
    [formOf({ document, file, other: 'a' }), '/other'],
    [formOf({ document, file: new File(['a'], 'a.exe') }), '/document/content/mediaType'],
  ] as const) {
    const response = await send(form)
    assert.equal(response.status, 400, field)
    const problem = await problemIn(response)
    assert.deepEqual([problem.code, problem.errors?.[0]?.field], ['http.invalid-request', field])
  }
  const large = await send(formOf({ document, file: new File([new Uint8Array(20 * 1024 * 1024)], 'a.pdf') }))
  const problem = await problemIn(large)
  assert.deepEqual(
    [large.status, problem.code, problem.detail],
    [413, 'retrieval.too-large', 'The file is over the limit of 5 MiB.'],
  )
  assert.deepEqual(put, [])
})

test('JSON takes text, and no file', async (t) => {
  const { ask, token, put } = await taking(t)
  const bearer = await token()
  const send = (content: object) => ask('PUT', path(), { token: bearer, body: { content, access: { allow: [] } } })
  assert.equal((await send({ mediaType: 'text/csv', text: 'a,b' })).status, 200)
  assert.equal(put.length, 1)
  for (const [content, field] of [
    [{ mediaType: pdf, text: 'a' }, '/content/mediaType'],
    [{ mediaType: 'text/plain' }, '/content/text'],
    [
      { mediaType: 'text/plain', text: 'a', file: { uploadId: newId('upl'), sizeBytes: 1, sha256: 'a'.repeat(64) } },
      '/content/file',
    ],
  ] as const) {
    const problem = await problemIn(await send(content))
    assert.deepEqual([problem.code, problem.errors?.[0]?.field], ['http.invalid-request', field])
  }
})
