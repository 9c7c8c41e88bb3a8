#include "room.h"
uint32_t policy_closed_access(const struct policy *policy)
{
	(void)policy;
	return 0;
}
bool policy_closed_protocol(const struct policy *policy, int protocol)
{
	(void)policy;
	(void)protocol;
	return false;
}
bool policy_closed_unix(const struct policy *policy)
{
	(void)policy;
	return false;
}
