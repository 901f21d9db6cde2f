package sandbox

import (
	"net/http"
	"strings"
)

// graphRoute is one operation of Graph v1.0 with its permissions, of which one
// is needed. An operation without delegated scopes needs none; one without
// roles is not for applications in their own name.
type graphRoute struct {
	pattern string
	handle  graphHandler
	scopes  string // delegated
	roles   string // application
}

// permits refuses a caller without one of the permissions.
func (g graphRoute) permits(who caller) error {
	need, roles := strings.Fields(g.scopes), strings.Fields(g.roles)
	switch {
	case who.person != nil && len(need) > 0 && !who.scopes.has(need...):
		return missingScope(need, who.scopes)
	case who.person != nil:
		return nil
	case strings.Contains(g.pattern, "/v1.0/me"):
		return onlyDelegated()
	case len(roles) == 0:
		return missingRole([]string{"none, this operation is for people only"}, who.roles)
	case !who.roles.has(roles...):
		return missingRole(roles, who.roles)
	}
	return nil
}

// The permissions that several operations share.
const (
	listChatScopes   = "Chat.ReadBasic Chat.Read Chat.ReadWrite"
	memberScopes     = "Chat.ReadBasic ChatMember.Read Chat.Read Chat.ReadWrite ChatMember.ReadWrite"
	readScopes       = "Chat.Read Chat.ReadWrite"
	sendScopes       = "ChatMessage.Send Chat.ReadWrite"
	photoScopes      = "User.ReadBasic.All User.Read.All ProfilePhoto.Read.All"
	channelScopes    = "ChannelMessage.Read.All Group.ReadWrite.All"
	channelWrite     = "ChannelMessage.Send Group.ReadWrite.All"
	channelChange    = "ChannelMessage.ReadWrite Group.ReadWrite.All"
	fileScopes       = "Files.ReadWrite Files.ReadWrite.All Sites.ReadWrite.All"
	fileReadScopes   = "Files.Read Files.Read.All Files.ReadWrite Files.ReadWrite.All Sites.ReadWrite.All"
	chatRoles        = "Chat.ReadBasic.All Chat.Read.All Chat.ReadWrite.All"
	memberRoles      = "ChatMember.Read.All ChatMember.ReadWrite.All Chat.ReadBasic.All Chat.Read.All Chat.ReadWrite.All"
	memberWriteRoles = "ChatMember.ReadWrite.All Chat.ReadWrite.All"
	userRoles        = "User.ReadBasic.All User.Read.All"
)

const (
	chatPath    = "/v1.0/chats/{chat}"
	messagePath = chatPath + "/messages/{message}"
	teamPath    = "/v1.0/teams/{team}"
	channelPath = teamPath + "/channels/{channel}"
	postPath    = channelPath + "/messages/{message}"
	replyPath   = postPath + "/replies/{reply}"
)

// graphRoutes is the slice of Graph v1.0 that the sandbox plays.
var graphRoutes = []graphRoute{
	{"GET /v1.0/me", (*call).getMe, "User.Read User.ReadBasic.All", ""},
	{"GET /v1.0/users", (*call).listUsers, userRoles, userRoles},
	{"GET /v1.0/users/{user}", (*call).getUser, userRoles, userRoles},
	{"GET /v1.0/me/people", (*call).listPeople, "People.Read", ""},
	{"GET /v1.0/me/photo", (*call).getPhotoFacts, "User.Read " + photoScopes, ""},
	{"GET /v1.0/me/photo/$value", (*call).getPhoto, "User.Read " + photoScopes, ""},
	{"GET /v1.0/me/photos/{size}/$value", (*call).getPhoto, "User.Read " + photoScopes, ""},
	{"GET /v1.0/users/{user}/photo", (*call).getPhotoFacts, photoScopes, userRoles},
	{"GET /v1.0/users/{user}/photo/$value", (*call).getPhoto, photoScopes, userRoles},
	{"GET /v1.0/users/{user}/photos/{size}/$value", (*call).getPhoto, photoScopes, userRoles},
	{"POST /v1.0/communications/getPresencesByUserId", (*call).getPresences, "Presence.Read.All", "Presence.Read.All"},
	{"GET /v1.0/me/presence", (*call).getPresence, "Presence.Read Presence.Read.All", ""},
	{"GET /v1.0/users/{user}/presence", (*call).getPresence, "Presence.Read.All", "Presence.Read.All"},
	{"POST /v1.0/search/query", (*call).searchQuery, "Chat.Read", ""},

	{"GET /v1.0/chats", (*call).listChats, listChatScopes, ""},
	{"GET /v1.0/me/chats", (*call).listChats, listChatScopes, ""},
	{"GET /v1.0/users/{user}/chats", (*call).listChats, listChatScopes, ""},
	{"POST /v1.0/chats", (*call).createChat, "Chat.Create Chat.ReadWrite", ""},
	{"GET " + chatPath, (*call).getChat, listChatScopes, chatRoles},
	{"PATCH " + chatPath, (*call).renameChat, "Chat.ReadWrite", ""},
	{"POST " + chatPath + "/markChatReadForUser", (*call).markRead, "Chat.ReadWrite", ""},
	{"POST " + chatPath + "/markChatUnreadForUser", (*call).markUnread, "Chat.ReadWrite", ""},
	{"POST " + chatPath + "/hideForUser", (*call).hide, "Chat.ReadWrite", ""},
	{"POST " + chatPath + "/unhideForUser", (*call).unhide, "Chat.ReadWrite", ""},
	{"GET " + chatPath + "/tabs", (*call).listTabs, "TeamsTab.Read.All TeamsTab.ReadWrite.All", ""},

	{"GET " + chatPath + "/members", (*call).listMembers, memberScopes, memberRoles},
	{"POST " + chatPath + "/members", (*call).addMember, "ChatMember.ReadWrite Chat.ReadWrite", memberWriteRoles},
	{"GET " + chatPath + "/members/{member}", (*call).getMember, memberScopes, memberRoles},
	{"DELETE " + chatPath + "/members/{member}", (*call).removeMember, "ChatMember.ReadWrite", "ChatMember.ReadWrite.All"},

	{"GET " + chatPath + "/messages", (*call).listMessages, readScopes, "Chat.Read.All Chat.ReadWrite.All"},
	{"POST " + chatPath + "/messages", (*call).postMessage, sendScopes, ""},
	{"GET " + chatPath + "/messages/delta", (*call).delta, readScopes, ""},
	{"GET " + chatPath + "/messages/delta()", (*call).delta, readScopes, ""},
	{"POST " + chatPath + "/messages/replyWithQuote", (*call).replyWithQuote, "ChatMessage.Send", ""},
	{"GET " + messagePath, (*call).getMessage, readScopes, "Chat.Read.All Chat.ReadWrite.All"},
	{"PATCH " + messagePath, (*call).editMessage, "Chat.ReadWrite", ""},
	{"POST " + messagePath + "/softDelete", (*call).softDelete, "Chat.ReadWrite", ""},
	{"POST " + messagePath + "/undoSoftDelete", (*call).undoSoftDelete, "Chat.ReadWrite", ""},
	{"POST " + messagePath + "/setReaction", (*call).setReaction, sendScopes, ""},
	{"POST " + messagePath + "/unsetReaction", (*call).unsetReaction, sendScopes, ""},
	{"GET " + messagePath + "/hostedContents", (*call).listHosted, readScopes, "Chat.Read.All Chat.ReadWrite.All"},
	{"GET " + messagePath + "/hostedContents/{content}/$value", (*call).getHosted, readScopes, "Chat.Read.All Chat.ReadWrite.All"},

	{"GET " + chatPath + "/pinnedMessages", (*call).listPins, readScopes, ""},
	{"POST " + chatPath + "/pinnedMessages", (*call).pinMessage, sendScopes, ""},
	{"DELETE " + chatPath + "/pinnedMessages/{pin}", (*call).unpinMessage, "Chat.ReadWrite", ""},

	{"GET /v1.0/me/joinedTeams", (*call).joinedTeams, "Team.ReadBasic.All", ""},
	{"GET " + teamPath, (*call).getTeam, "Team.ReadBasic.All", ""},
	{"GET " + teamPath + "/channels", (*call).listChannels, "Channel.ReadBasic.All ChannelSettings.Read.All ChannelSettings.ReadWrite.All", ""},
	{"POST " + teamPath + "/channels", (*call).createChannel, "Channel.Create Group.ReadWrite.All", ""},
	{"GET " + channelPath, (*call).getChannel, "Channel.ReadBasic.All ChannelSettings.Read.All ChannelSettings.ReadWrite.All", ""},
	{"GET " + channelPath + "/members", (*call).listChannelMembers, "ChannelMember.Read.All ChannelMember.ReadWrite.All", ""},
	{"GET " + channelPath + "/filesFolder", (*call).filesFolder, "Files.Read.All Files.ReadWrite.All Sites.ReadWrite.All", ""},
	{"GET " + channelPath + "/messages", (*call).listPosts, channelScopes, ""},
	{"POST " + channelPath + "/messages", (*call).postMessage, channelWrite, ""},
	{"GET " + channelPath + "/messages/delta", (*call).delta, channelScopes, ""},
	{"GET " + channelPath + "/messages/delta()", (*call).delta, channelScopes, ""},
	{"GET " + postPath, (*call).getMessage, channelScopes, ""},
	{"GET " + postPath + "/replies", (*call).listReplies, channelScopes, ""},
	{"POST " + postPath + "/replies", (*call).postReply, channelWrite, ""},
	{"GET " + replyPath, (*call).getMessage, channelScopes, ""},
}

// channelMessageRoutes are what posts and replies have in common.
func channelMessageRoutes() []graphRoute {
	var out []graphRoute
	for _, at := range []string{postPath, replyPath} {
		out = append(out,
			graphRoute{"PATCH " + at, (*call).editMessage, channelChange, ""},
			graphRoute{"POST " + at + "/softDelete", (*call).softDelete, channelChange, ""},
			graphRoute{"POST " + at + "/undoSoftDelete", (*call).undoSoftDelete, channelChange, ""},
			graphRoute{"POST " + at + "/setReaction", (*call).setReaction, channelWrite, ""},
			graphRoute{"POST " + at + "/unsetReaction", (*call).unsetReaction, channelWrite, ""},
			graphRoute{"GET " + at + "/hostedContents", (*call).listHosted, channelScopes, ""},
			graphRoute{"GET " + at + "/hostedContents/{content}/$value", (*call).getHosted, channelScopes, ""},
		)
	}
	return out
}

// exportRoutes are the calls that only applications may make; people get 412.
var exportRoutes = []graphRoute{
	{"GET /v1.0/me/chats/getAllMessages", (*call).getAllMessages, "", ""},
	{"GET /v1.0/me/chats/getAllMessages/delta", (*call).getAllMessages, "", ""},
	{"GET /v1.0/users/{user}/chats/getAllMessages", (*call).getAllMessages, "", "Chat.Read.All Chat.ReadWrite.All"},
	{"GET /v1.0/users/{user}/chats/getAllMessages/delta", (*call).getAllMessages, "", "Chat.Read.All Chat.ReadWrite.All"},
	{"GET /v1.0/users/{user}/chats/getAllRetainedMessages", (*call).getAllMessages, "", "Chat.Read.All Chat.ReadWrite.All"},
}

// allGraphRoutes is every operation.
func allGraphRoutes() []graphRoute {
	var out []graphRoute
	for _, part := range [][]graphRoute{graphRoutes, channelMessageRoutes(), exportRoutes, fileRoutes, subscriptionRoutes} {
		out = append(out, part...)
	}
	return out
}

// methods are what a known path may answer to.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete}
