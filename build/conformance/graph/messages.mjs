// messages checks reading, writing and changing of messages.
import { check, equal, turn } from './check.mjs'
import { all, as, graph, group, me, mine, once, origin, others, wire } from './client.mjs'
import { fails } from './chats.mjs'

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

export async function reading() {
  const rows = await all(mine, '/me/chats?$top=50&$expand=members')
  const chat = rows.find((c) => c.members.length === 25)
  const path = `/chats/${chat.id}/messages`
  await check('messages: both orders give the same set, each once', async () => {
    const a = await all(mine, `${path}?$top=17&$orderby=createdDateTime desc`)
    const b = await all(mine, `${path}?$top=50`)
    equal(new Set(a.map((m) => m.id)).size, a.length, 'unique')
    equal(a.map((m) => m.id).sort().join(), b.map((m) => m.id).sort().join(), 'ids')
  })
  await check('messages: pages back with createdDateTime lt', async () => {
    const a = await all(mine, `${path}?$top=50&$orderby=createdDateTime desc`)
    const cut = a[Math.floor(a.length / 2)]
    const older = await all(mine, `${path}?$top=50&$orderby=createdDateTime desc&$filter=createdDateTime lt ${cut.createdDateTime}`)
    equal(older.length, a.length - Math.floor(a.length / 2) - 1, 'older')
  })
  await check('messages: catches up with lastModifiedDateTime gt', async () => {
    const a = await all(mine, `${path}?$top=50`)
    const newer = await all(mine, `${path}?$orderby=lastModifiedDateTime desc&$filter=lastModifiedDateTime gt ${a[5].lastModifiedDateTime}`)
    equal(newer.every((m) => Date.parse(m.lastModifiedDateTime) > Date.parse(a[5].lastModifiedDateTime)), true, 'newer only')
  })
  await check('messages: a filter on another property than the order does nothing', async () => {
    const a = await mine.api(path).top(5).get()
    const b = await mine.api(path).query({ $top: 5, $orderby: 'createdDateTime desc', $filter: 'lastModifiedDateTime gt 2099-01-01T00:00:00Z' }).get()
    equal(b.value.length, a.value.length, 'rows')
  })
  for (const [name, query] of Object.entries({
    '$top over 50': { $top: 51 }, 'ascending order': { $orderby: 'createdDateTime asc' }, 'createdDateTime gt': { $orderby: 'createdDateTime desc', $filter: 'createdDateTime gt 2026-01-01T00:00:00Z' },
    '$select': { $select: 'id' }, '$expand': { $expand: 'replies' }, '$count': { $count: true }, '$skip': { $skip: 3 },
  }))
    await check(`messages: ${name} is a 400`, () => fails(() => mine.api(path).query(query).get(), 400, 'BadRequest'))
  await check('messages: system messages need the Prefer header', async () => {
    const c = await group('Events', others[0])
    await mine.api(`/chats/${c.id}`).patch({ topic: 'Renamed' })
    const plain = (await mine.api(`/chats/${c.id}/messages`).get()).value[0]
    const modern = (await mine.api(`/chats/${c.id}/messages`).header('Prefer', 'include-unknown-enum-members').get()).value[0]
    equal(plain.messageType, 'unknownFutureValue', 'without')
    equal(modern.messageType, 'systemEventMessage', 'with')
    equal(modern.eventDetail.chatDisplayName, 'Renamed', 'event')
    equal(modern.body.content, '<systemEventMessage/>', 'body')
  })
  await check('messages: PageIterator copes with pages of three', async () => {
    await turn('shortpages', { size: 3 })
    const rows = await all(mine, `${path}?$top=50`, 20).finally(() => turn('shortpages', { size: 0 }))
    equal(new Set(rows.map((m) => m.id)).size, 20, 'rows')
  })
  await check('messages: an unknown one is a 404', () => fails(() => mine.api(`${path}/17`).get(), 404, 'NotFound'))
  await check('messages: the answer is packed for clients that take gzip', async () => {
    await mine.api(path).top(50).get()
    equal(wire.last.headers.get('content-encoding'), 'gzip', 'encoding')
  })
  await check('messages: every message of a person is not for people (412)', () => fails(() => mine.api(`/users/${me.id}/chats/getAllMessages`).get(), 412))
}

export async function sending() {
  const c = await group('Sending', others[0], others[1])
  const path = `/chats/${c.id}/messages`
  const send = (content, more = {}) => mine.api(path).post({ body: { contentType: 'html', content }, ...more })
  await check('send: 201 with the whole message', async () => {
    const m = await send('<p>Hello</p>', { importance: 'urgent' })
    equal(wire.last.status, 201, 'status')
    equal(m.from.user.id, me.id, 'from')
    equal(m.chatId, c.id, 'chat')
    equal(m.importance, 'urgent', 'importance')
    equal(m.etag, m.id, 'etag')
    equal(Date.parse(m.createdDateTime), Number(m.id), 'id is the time')
  })
  await check('send: a mention', async () => {
    const m = await send('<at id="0">A</at> look', { mentions: [{ id: 0, mentionText: 'A', mentioned: { user: { id: others[0].id, displayName: others[0].name, userIdentityType: 'aadUser' } } }] })
    equal(m.mentions[0].mentioned.user.id, others[0].id, 'mentioned')
  })
  await check('send: a mention without its mark is a 400', () => fails(() => send('x', { mentions: [{ id: 0, mentionText: 'A', mentioned: {} }] }), 400))
  await check('send: hosted content gets an absolute address that serves it', async () => {
    const m = await send('<img src="../hostedContents/1/$value">', { hostedContents: [{ '@microsoft.graph.temporaryId': '1', contentBytes: pixel, contentType: 'image/png' }] })
    const src = /src="([^"]+)"/.exec(m.body.content)[1]
    if (!src.startsWith(`${origin}/v1.0/chats/`)) throw new Error(src)
    const bytes = await mine.api(src).responseType('arraybuffer').get()
    equal(Buffer.from(bytes).toString('base64'), pixel, 'bytes')
    const [one] = (await mine.api(`${path}/${m.id}/hostedContents`).get()).value
    equal(one.contentBytes, null, 'bytes in the list')
  })
  await check('send: an empty text is a 400, 29 KB a 413', async () => {
    await fails(() => send('  '), 400)
    await fails(() => send('x'.repeat(29 << 10)), 413)
  })
  await check('send: an adaptive card keeps its content as text', async () => {
    const card = JSON.stringify({ type: 'AdaptiveCard', version: '1.4', body: [] })
    const m = await send('<attachment id="a1"></attachment>', { attachments: [{ id: 'a1', contentType: 'application/vnd.microsoft.card.adaptive', content: card }] })
    equal(m.attachments[0].content, card, 'content')
  })
  await check('quote: replyWithQuote makes a messageReference', async () => {
    const m = await send('<p>quote me</p>')
    const q = await mine.api(`${path}/replyWithQuote`).post({ messageIds: [m.id], replyMessage: { body: { contentType: 'text', content: 'quoted' } } })
    equal(wire.last.status, 201, 'status')
    equal(q.attachments[0].contentType, 'messageReference', 'attachment')
    equal(JSON.parse(q.attachments[0].content).messageId, m.id, 'message')
    if (!q.body.content.includes(`<attachment id="${m.id}">`)) throw new Error(q.body.content)
  })
  await check('quote: more than ten are a 400', () =>
    fails(() => mine.api(`${path}/replyWithQuote`).post({ messageIds: Array(11).fill('1'), replyMessage: { body: { content: 'x' } } }), 400))
  const m = await send('<p>one</p>')
  const at = `${path}/${m.id}`
  let last = m
  const moved = async (name, work, holds) =>
    check(name, async () => {
      await work()
      equal(wire.last.status, 204, 'status')
      const now = await mine.api(at).get()
      if (!holds(now)) throw new Error(JSON.stringify(now).slice(0, 300))
      if (!(Number(now.etag) > Number(last.etag) && Date.parse(now.lastModifiedDateTime) > Date.parse(last.lastModifiedDateTime))) throw new Error('etag or time did not move on')
      last = now
    })
  await moved('change: setReaction', () => mine.api(`${at}/setReaction`).post({ reactionType: '💘' }), (x) => x.reactions[0].user.user.id === me.id && x.lastEditedDateTime === null)
  await moved('change: PATCH edits', () => mine.api(at).patch({ body: { contentType: 'html', content: '<p>two</p>' } }), (x) => x.body.content === '<p>two</p>' && x.lastEditedDateTime)
  await moved('change: unsetReaction', () => mine.api(`${at}/unsetReaction`).post({ reactionType: '💘' }), (x) => x.reactions.length === 0)
  await moved('change: softDelete below /users', () => mine.api(`/users/${me.id}${at}/softDelete`).post({}), (x) => x.deletedDateTime && x.body.content === '')
  await moved('change: undoSoftDelete', () => mine.api(`${at}/undoSoftDelete`).post({}), (x) => !x.deletedDateTime && x.body.content === '<p>two</p>')
  await check('change: somebody else\'s message is a 403', () => fails(() => as(others[0].tokens.graph).api(at).patch({ body: { content: 'theirs' } }), 403))
  await check('pins: pin, list with the message, unpin', async () => {
    const pin = await mine.api(`/chats/${c.id}/pinnedMessages`).post({ 'message@odata.bind': `https://graph.microsoft.com/v1.0/chats/${c.id}/messages/${m.id}` })
    equal(wire.last.status, 201, 'status')
    const [row] = (await mine.api(`/chats/${c.id}/pinnedMessages`).expand('message').get()).value
    equal(row.message.id, m.id, 'message')
    await mine.api(`/chats/${c.id}/pinnedMessages/${pin.id}`).delete()
    equal((await mine.api(`/chats/${c.id}/pinnedMessages`).get()).value.length, 0, 'pins')
  })
  await check('retry: the client waits as Retry-After says and sends once', async () => {
    await turn('throttle', { match: 'POST /chats/{id}/messages$', times: 2, millis: 1000 })
    const begin = Date.now()
    const text = `retried ${begin}`
    await send(text)
    if (Date.now() - begin < 1900) throw new Error('it did not wait')
    equal((await all(mine, path)).filter((x) => x.body.content === text).length, 1, 'messages')
  })
  await check('retry: a 429 without Retry-After is retried too', async () => {
    await turn('throttle', { match: 'GET /chats/{id}/messages$', times: 1, millis: 0 })
    await mine.api(path).middlewareOptions([new graph.RetryHandlerOptions(1, 2)]).get()
  })
  await check('retry: the body of a 429 is Microsoft\'s', async () => {
    await turn('throttle', { match: 'GET /chats/{id}/messages$', times: 1, millis: 7000 })
    const e = await fails(() => mine.api(path).middlewareOptions(once).get(), 429, 'TooManyRequests')
    equal(JSON.parse(e.body).innerError.code, '429', 'inner code')
    equal(wire.last.headers.get('retry-after'), '7', 'Retry-After')
  })
  await check('delta: a chat\'s messages, then only what changed', async () => {
    const rows = []
    const first = await mine.api(`${path}/delta`).top(5).get()
    const pages = new graph.PageIterator(mine, first, (x) => rows.push(x) > 0)
    await pages.iterate()
    if (!pages.getDeltaLink() || rows.length < 5) throw new Error('no delta link')
    await mine.api(`${at}/setReaction`).post({ reactionType: '👍' })
    const next = await mine.api(pages.getDeltaLink()).get()
    equal(next.value.map((x) => x.id).join(), m.id, 'changed')
  })
}
