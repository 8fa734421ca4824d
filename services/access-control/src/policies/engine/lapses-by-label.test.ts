import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { lapsesByLabel } from './lapses-by-label.ts'

const lapses = (conditions: string) => {
  const answer = policyToJson(`@id("p") forbid (principal, action == Action::"read", resource) ${conditions};`)
  return answer.type === 'success' ? lapsesByLabel(answer.json) : assert.fail(JSON.stringify(answer))
}

test('a policy that forbids what carries a label only forbids more with another one', () => {
  for (const conditions of [
    '',
    'when { resource.labels.contains("board") }',
    'when { resource["documentLabels"].containsAny(["board", "pay"]) || principal.guest }',
    'when { resource.labels.containsAll(["board", "pay"]) } unless { principal in Group::"group:hr" }',
    'unless { !resource.labels.contains("board") }',
    'when { !principal.guest && principal.clearances.contains("hr") }',
  ])
    assert.equal(lapses(conditions), false, conditions)
})

test('one with an exception for a label, or for what has none, may lapse with another one', () => {
  for (const conditions of [
    'unless { resource.labels.contains("released") }',
    'when { !resource.labels.contains("released") }',
    'when { resource.labels == [] }',
    'when { resource.labels.isEmpty() }',
    'when { ["board"].containsAll(resource.labels) }',
    'when { principal.clearances.containsAll(resource.labels) }',
    'when { if resource.labels.contains("released") then false else true }',
    'when { resource.labels.contains("board") } unless { principal.guest || resource.documentLabels.contains("released") }',
  ])
    assert.equal(lapses(conditions), true, conditions)
})
