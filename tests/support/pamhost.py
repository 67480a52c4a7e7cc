"""A host application: libpam's functions, and a conversation that answers
exactly what a test wants, NULL included."""
import ctypes
import ctypes.util

PAM_SUCCESS, PAM_AUTH_ERR, PAM_CONV_ERR = 0, 7, 19
PAM_BUF_ERR, PAM_USER_UNKNOWN, PAM_AUTHINFO_UNAVAIL = 5, 10, 9
PAM_RHOST, PAM_TTY = 4, 3

libc = ctypes.CDLL(None)
libpam = ctypes.CDLL("libpam.so.0")
libc.calloc.restype = ctypes.c_void_p
libc.calloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]


class Message(ctypes.Structure):
    _fields_ = [("style", ctypes.c_int), ("text", ctypes.c_char_p)]


class Response(ctypes.Structure):
    _fields_ = [("text", ctypes.c_void_p), ("code", ctypes.c_int)]


CONVERSE = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_int,
    ctypes.POINTER(ctypes.POINTER(Message)),
    ctypes.POINTER(ctypes.POINTER(Response)), ctypes.c_void_p)


class Conv(ctypes.Structure):
    _fields_ = [("converse", CONVERSE), ("data", ctypes.c_void_p)]


class Host:
    """One PAM transaction. ANSWERS are octets, None for NULL, or an int for
    the conversation's failure with that code."""

    def __init__(self, service, user, answers=()):
        self.answers = list(answers)
        self.shown = []
        self.conv = Conv(CONVERSE(self._converse), None)
        self.handle = ctypes.c_void_p()
        code = libpam.pam_start(service.encode(), user, ctypes.byref(self.conv),
                                ctypes.byref(self.handle))
        assert code == PAM_SUCCESS

    def _converse(self, count, messages, ret, _data):
        base = libc.calloc(count, ctypes.sizeof(Response))
        array = ctypes.cast(base, ctypes.POINTER(Response))
        for i in range(count):
            message = messages[i].contents
            self.shown.append((message.style, message.text.decode()))
            if message.style > 2:
                continue
            answer = self.answers.pop(0) if self.answers else None
            if isinstance(answer, int):
                return answer
            if answer is not None:
                room = libc.calloc(1, len(answer) + 1)
                ctypes.memmove(room, answer, len(answer))
                array[i].text = room
        ret[0] = array
        return PAM_SUCCESS

    def set_item(self, item, value):
        assert libpam.pam_set_item(self.handle, item, value) == PAM_SUCCESS

    def authenticate(self):
        return libpam.pam_authenticate(self.handle, 0)

    def end(self, status=0):
        libpam.pam_end(self.handle, status)
