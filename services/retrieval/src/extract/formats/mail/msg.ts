import { decompressRTF } from '@kenjiuno/decompressrtf'
import msgReader, { type FieldsData } from '@kenjiuno/msgreader'
import { deEncapsulateSync } from 'rtf-stream-parser'
import { isKnown } from '../../decode-text.ts'
import { blocksOfRtf, decodeRtf } from '../rtf.ts'
import type { Block } from '../../block.ts'
import { bodyBlocks } from './body-blocks.ts'
import type { FoundAttachment, Message } from './message.ts'
import { Refused } from '../../refused.ts'

// A CommonJS module whose class is its `default`.
const MsgReader = msgReader.default

/** One mail as Outlook keeps it ([MS-OXMSG]): its text from HTML, else from the RTF that holds it, else as it stands. */
export async function readMsg(bytes: Uint8Array): Promise<Message> {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  let reader = new MsgReader(buffer)
  let fields = reader.getFileData()
  if (fields.error !== undefined || fields.dataType !== 'msg')
    throw new Refused('damaged', 'It is no message of Outlook.')
  const encoding = encodingOf(fields)
  if (encoding !== undefined) {
    reader = new MsgReader(buffer)
    reader.parserConfig = { ansiEncoding: encoding }
    fields = reader.getFileData()
  }
  return messageOf(fields, (attachment) => reader.getAttachment(attachment))
}

/** Texts of old messages are in the code page of who wrote them. */
function encodingOf({ messageCodepage, internetCodepage }: FieldsData): string | undefined {
  const page = messageCodepage ?? internetCodepage
  if (page === undefined || page === 1252 || page === 65001) return undefined
  return [`windows-${page}`, ...(codePages[page] ?? [])].find(isKnown)
}
const codePages: Readonly<Record<number, string[]>> = {
  932: ['shift_jis'],
  936: ['gbk'],
  949: ['euc-kr'],
  950: ['big5'],
  874: ['windows-874'],
}

type Attached = NonNullable<FieldsData['attachments']>[number]
type Open = (attachment: Attached) => { fileName: string; content: Uint8Array }

async function messageOf(fields: FieldsData, open: Open): Promise<Message> {
  const {
    subject = '',
    senderName = '',
    senderEmail,
    senderSmtpAddress,
    recipients = [],
    attachments = [],
    messageId = '',
    headers = '',
  } = fields
  const time = fields.messageDeliveryTime ?? fields.clientSubmitTime ?? fields.creationTime
  const address = senderSmtpAddress ?? (senderEmail?.includes('@') ? senderEmail : undefined)
  return {
    subject: subject.trim(),
    from: address !== undefined && address !== senderName ? `${senderName} <${address}>`.trim() : senderName,
    to: recipients
      .map(({ name = '', smtpAddress, email }) =>
        [name, smtpAddress ?? email ?? '']
          .filter((part) => (part !== '' && part !== name) || part === name)
          .join(' ')
          .trim(),
      )
      .slice(0, 50)
      .join(', '),
    date: time === undefined || Number.isNaN(Date.parse(time)) ? '' : new Date(time).toISOString(),
    id: messageId,
    references: headers.match(/<[^<>\s]+@[^<>\s]+>/g)?.slice(-50) ?? [],
    body: [...(await bodyOf(fields)), ...appointmentOf(fields)],
    attachments: attachments.flatMap((attachment): FoundAttachment[] => {
      if (
        attachment.attachmentHidden === true ||
        (attachment.pidContentId !== undefined && (attachment.attachMimeTag ?? '').startsWith('image/'))
      )
        return []
      const { fileName, content } = open(attachment)
      return [
        {
          name: attachment.innerMsgContent === true ? `${fileName.replace(/\.msg$/i, '')}.msg` : fileName,
          mediaType: attachment.attachMimeTag ?? '',
          bytes: content,
        },
      ]
    }),
  }
}

async function bodyOf({ bodyHtml, html, compressedRtf, body }: FieldsData): Promise<Block[]> {
  const page = bodyHtml ?? (html && new TextDecoder().decode(html))
  if (page !== undefined) return bodyBlocks(page, body)
  if (compressedRtf !== undefined) {
    const rtf = Buffer.from(decompressRTF([...compressedRtf]))
    const held = heldIn(rtf)
    if (held?.mode === 'html') return bodyBlocks(String(held.text), body)
    if (body === undefined || body.trim() === '')
      return held ? bodyBlocks(undefined, String(held.text)) : blocksOfRtf(rtf)
  }
  return bodyBlocks(undefined, body)
}

/** HTML or text which RTF was wrapped around ([MS-OXRTFEX]). */
function heldIn(rtf: Buffer) {
  try {
    return deEncapsulateSync(rtf, { decode: decodeRtf, mode: 'either' })
  } catch {
    return undefined
  }
}

function appointmentOf({ apptLocation, apptStartWhole, apptEndWhole }: FieldsData): Block[] {
  const lines = [
    apptStartWhole && `From: ${apptStartWhole}`,
    apptEndWhole && `Until: ${apptEndWhole}`,
    apptLocation && `Where: ${apptLocation}`,
  ].filter((line) => line)
  return lines.length === 0 ? [] : [{ kind: 'paragraph', text: lines.join('\n') }]
}
