#include "pam/log.h"

const char log_socket[] = "/dev/log";
