/* SPDX-License-Identifier: Apache-2.0 */
#include "client/group.h"

#include <string.h>

#include "base/detail.h"
#include "codec/names.h"

enum rmq_error rmqi_group_check(const char *what, const char *group, const char *reserved,
				struct rmq_error_detail *detail)
{
	char why[RMQI_PROBLEM_SIZE];
	const char *problem = rmqi_group_problem(rmqi_str(group), why, sizeof(why));

	if (problem)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL, "%s",
				       problem);
	if (strcmp(group, reserved) == 0)
		return rmqi_detail_set(detail, RMQ_ERR_INVALID_ARGUMENT, RMQ_ERROR_FATAL,
				       "%s \"%s\" is reserved: give the group a name of its own",
				       what, reserved);
	return RMQ_OK;
}
