/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/denial.h"

#include "base/macros.h"
#include "codec/codes.h"

/* Of exceptions whose text includes their class. */
static const char *const classes[] = {"AclException", "AuthenticationException",
				      "AuthorizationException"};

/* Of exceptions whose text is all that comes: PlainPermissionManager, PlainPermissionChecker by way of a
 * proxy; DefaultAuthenticationHandler, UserAuthorizationHandler, AclAuthorizationHandler,
 * AbstractAuthenticationStrategy, AbstractAuthorizationStrategy. */
static const char *const words[] = {
	"username cannot be null",
	"check signature failed",
	"Check signature failed",
	"No accessKey is configured",
	"No acl config for ",
	"No PlainAccessResource for accessKey=",
	"No default permission for ",
	"Need admin permission for ",
	" has no permission to access ",
	"Authentication failed",
	"Authorization failed",
};

static bool has_one_of(struct rmqi_str text, const char *const *list, size_t count)
{
	struct rmqi_str head;
	bool is_found = false;

	for (size_t i = 0; i < count && !is_found; i++)
		(void)rmqi_str_cut(text, list[i], &head, &is_found);
	return is_found;
}

/* "User:NAME is not found.", "... is disabled." */
static bool is_about_user(struct rmqi_str remark)
{
	static const char *const ends[] = {" not found", " is disabled"};

	return rmqi_str_has_prefix(remark, "User:") && has_one_of(remark, ends, RMQI_COUNT(ends));
}

bool rmqi_is_denial(int32_t code, struct rmqi_str remark)
{
	if (code != RMQI_RESP_SYSTEM_ERROR && code != RMQI_RESP_NO_PERMISSION)
		return false;
	if (has_one_of(remark, classes, RMQI_COUNT(classes)))
		return true;
	return code == RMQI_RESP_NO_PERMISSION &&
	       (has_one_of(remark, words, RMQI_COUNT(words)) || is_about_user(remark));
}
