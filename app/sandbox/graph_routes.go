package sandbox

// graphRoutes is the slice of Graph v1.0, with the delegated scopes of which
// one is needed.
var graphRoutes = []struct {
	pattern string
	handle  graphHandler
	scopes  string
}{
	{"GET /v1.0/me", (*call).getMe, "User.Read User.ReadBasic.All"},
	{"GET /v1.0/users", (*call).listUsers, "User.ReadBasic.All"},
	{"GET /v1.0/users/{user}", (*call).getUser, "User.ReadBasic.All"},
	{"GET /v1.0/me/photo/$value", (*call).getPhoto, "User.Read User.ReadBasic.All ProfilePhoto.Read.All"},
	{"GET /v1.0/me/photos/{size}/$value", (*call).getPhoto, "User.Read User.ReadBasic.All ProfilePhoto.Read.All"},
	{"GET /v1.0/users/{user}/photo/$value", (*call).getPhoto, "User.ReadBasic.All ProfilePhoto.Read.All"},
	{"GET /v1.0/users/{user}/photos/{size}/$value", (*call).getPhoto, "User.ReadBasic.All ProfilePhoto.Read.All"},
	{"POST /v1.0/communications/getPresencesByUserId", (*call).getPresences, "Presence.Read.All"},
	{"GET /v1.0/me/joinedTeams", (*call).joinedTeams, "Team.ReadBasic.All"},

	{"GET /v1.0/chats", (*call).listChats, "Chat.ReadBasic Chat.Read Chat.ReadWrite"},
	{"GET /v1.0/me/chats", (*call).listChats, "Chat.ReadBasic Chat.Read Chat.ReadWrite"},
	{"GET /v1.0/users/{user}/chats", (*call).listChats, "Chat.ReadBasic Chat.Read Chat.ReadWrite"},
	{"POST /v1.0/chats", (*call).createChat, "Chat.Create Chat.ReadWrite"},
	{"GET /v1.0/chats/{chat}", (*call).getChat, "Chat.ReadBasic Chat.Read Chat.ReadWrite"},
	{"PATCH /v1.0/chats/{chat}", (*call).renameChat, "Chat.ReadWrite"},
	{"POST /v1.0/chats/{chat}/markChatReadForUser", (*call).markRead, "Chat.ReadWrite"},
	{"POST /v1.0/chats/{chat}/markChatUnreadForUser", (*call).markUnread, "Chat.ReadWrite"},
	{"POST /v1.0/chats/{chat}/hideForUser", (*call).hide, "Chat.ReadWrite"},
	{"POST /v1.0/chats/{chat}/unhideForUser", (*call).unhide, "Chat.ReadWrite"},

	{"GET /v1.0/chats/{chat}/members", (*call).listMembers, "Chat.ReadBasic ChatMember.Read Chat.Read Chat.ReadWrite ChatMember.ReadWrite"},
	{"POST /v1.0/chats/{chat}/members", (*call).addMember, "ChatMember.ReadWrite Chat.ReadWrite"},
	{"GET /v1.0/chats/{chat}/members/{member}", (*call).getMember, "Chat.ReadBasic ChatMember.Read Chat.Read Chat.ReadWrite ChatMember.ReadWrite"},
	{"DELETE /v1.0/chats/{chat}/members/{member}", (*call).removeMember, "ChatMember.ReadWrite"},

	{"GET /v1.0/chats/{chat}/messages", (*call).listMessages, "Chat.Read Chat.ReadWrite"},
	{"POST /v1.0/chats/{chat}/messages", (*call).postMessage, "ChatMessage.Send Chat.ReadWrite"},
	{"GET /v1.0/chats/{chat}/messages/{message}", (*call).getMessage, "Chat.Read Chat.ReadWrite"},
	{"PATCH /v1.0/chats/{chat}/messages/{message}", (*call).editMessage, "Chat.ReadWrite"},
	{"POST /v1.0/chats/{chat}/messages/{message}/softDelete", (*call).softDelete, "Chat.ReadWrite"},
	{"POST /v1.0/chats/{chat}/messages/{message}/undoSoftDelete", (*call).undoSoftDelete, "Chat.ReadWrite"},
	{"POST /v1.0/chats/{chat}/messages/{message}/setReaction", (*call).setReaction, "ChatMessage.Send Chat.ReadWrite"},
	{"POST /v1.0/chats/{chat}/messages/{message}/unsetReaction", (*call).unsetReaction, "ChatMessage.Send Chat.ReadWrite"},
	{"GET /v1.0/chats/{chat}/messages/{message}/hostedContents", (*call).listHosted, "Chat.Read Chat.ReadWrite"},
	{"GET /v1.0/chats/{chat}/messages/{message}/hostedContents/{content}/$value", (*call).getHosted, "Chat.Read Chat.ReadWrite"},

	{"GET /v1.0/users/{user}/chats/getAllMessages", (*call).getAllMessages, ""},
}
