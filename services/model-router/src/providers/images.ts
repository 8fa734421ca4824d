import type { ImagePart } from '@tessera/shared/contracts/model-router/prompt'
import type { ProviderRequest, Unsupported } from './provider.ts'

/** An image as protocols take one that want a single address: its own, or one that holds its bytes (RFC 2397). */
export const urlOf = ({ source }: ImagePart): string =>
  'url' in source ? source.url : `data:${source.mediaType};base64,${source.base64}`

/** Images in the results of tools, for protocols that take only text there. */
export const imagesInResults = ({ messages }: Pick<ProviderRequest, 'messages'>): Unsupported[] =>
  messages.flatMap((message, index) =>
    message.role === 'tool' && message.content.some(({ content }) => content.some(({ type }) => type === 'image'))
      ? [{ field: `/messages/${index}/content`, rule: 'may hold no image with this model', droppable: false }]
      : [],
  )
