import type { ToolResultPart } from '@tessera/shared/contracts/model-router/prompt'
import type { Static } from 'typebox'
import { renderContent } from './render-content.ts'

export type ToolResult = Static<typeof ToolResultPart>

/** A result for protocols in which it is a text; most have no other place to say that the tool failed. */
export function textOfResult({ content, failed }: ToolResult): string {
  const text = renderContent(content)
  return failed === true ? `The tool failed: ${text}` : text
}
