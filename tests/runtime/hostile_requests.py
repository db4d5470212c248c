"""Requests that two parsers may read differently, for whatever stands before a service and for the service itself."""

from __future__ import annotations

START = b"POST /score HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"
LENGTH = START + b"Content-Length: 2\r\n"


def headed(*lines: bytes, body: bytes = b"{}") -> bytes:
    return START + b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def sized(size: bytes, rest: bytes = b"{}\r\n0\r\n\r\n", end: bytes = b"\r\n") -> bytes:
    return CHUNKED + size + end + rest


HEADS: dict[str, bytes] = {
    "two lengths": headed(b"Content-Length: 2", b"Content-Length: 1"),
    "two equal lengths": headed(b"Content-Length: 2", b"Content-Length: 2"),
    "list of lengths": headed(b"Content-Length: 2, 2"),
    "list of lengths without a blank": headed(b"Content-Length: 2,2"),
    "length and chunks": headed(b"Content-Length: 2", b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunks and length": headed(b"Transfer-Encoding: chunked", b"Content-Length: 2", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "signed length": headed(b"Content-Length: +2"),
    "negative length": headed(b"Content-Length: -2"),
    "hexadecimal length": headed(b"Content-Length: 0x2"),
    "length with an underscore": headed(b"Content-Length: 0_2"),
    "length with a fraction": headed(b"Content-Length: 2.0"),
    "length with a blank within": headed(b"Content-Length: 0 2"),
    "length in other digits": headed("Content-Length: \uff12".encode()),
    "superscript length": headed(b"Content-Length: \xb2"),
    "empty length": headed(b"Content-Length:", body=b""),
    "blank length": headed(b"Content-Length:  ", body=b""),
    "length of many digits": headed(b"Content-Length: " + b"9" * 30),
    "length of many zeros": headed(b"Content-Length: " + b"0" * 30 + b"2"),
    "length of thousands of zeros": headed(b"Content-Length: " + b"0" * 5000 + b"2"),
    "length with a form feed": headed(b"Content-Length:\x0c2"),
    "length with a vertical tab": headed(b"Content-Length:\x0b2"),
    "blank before the colon": headed(b"Content-Length : 2"),
    "tab before the colon": headed(b"Content-Length\t: 2"),
    "blank before a colon elsewhere": headed(b"X : y", b"Content-Length: 2"),
    "no name": headed(b": y", b"Content-Length: 2"),
    "no colon": headed(b"X y", b"Content-Length: 2"),
    "folded header": headed(b"X: a", b" b", b"Content-Length: 2"),
    "folded with a tab": headed(b"X: a", b"\tb", b"Content-Length: 2"),
    "folded length": headed(b"Content-Length:", b" 2"),
    "folded first header": b"POST /score HTTP/1.1\r\n Host: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "bare line feed after a header": START + b"X: a\nContent-Length: 2\r\n\r\n{}",
    "bare line feed after the length": START + b"Content-Length: 2\n\r\n{}",
    "bare line feed after the request line": b"POST /score HTTP/1.1\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "bare line feeds only": b"POST /score HTTP/1.1\nHost: localhost\nContent-Length: 2\n\n{}",
    "bare carriage return in a header": headed(b"X: a\rb", b"Content-Length: 2"),
    "carriage return twice": START + b"X: a\r\r\nContent-Length: 2\r\n\r\n{}",
    "line feed in a name": headed(b"X\nY: a", b"Content-Length: 2"),
    "zero in a value": headed(b"X: a\0b", b"Content-Length: 2"),
    "zero in a name": headed(b"X\0: a", b"Content-Length: 2"),
    "zero in the target": b"POST /sc\0ore HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "control character in a value": headed(b"X: a\x01b", b"Content-Length: 2"),
    "delete character in a value": headed(b"X: a\x7fb", b"Content-Length: 2"),
    "bracket in a name": headed(b"X[0]: a", b"Content-Length: 2"),
    "letters beyond ASCII in a name": headed(b"X\xe4: a", b"Content-Length: 2"),
    "no host": b"POST /score HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
    "two hosts": headed(b"Host: localhost", b"Content-Length: 2"),
    "coding that is not chunked": headed(b"Transfer-Encoding: gzip"),
    "chunked twice": headed(b"Transfer-Encoding: chunked, chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked in two headers": headed(
        b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n"
    ),
    "chunked and identity": headed(
        b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=b"2\r\n{}\r\n0\r\n\r\n"
    ),
    "identity and chunked": headed(
        b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked", body=b"2\r\n{}\r\n0\r\n\r\n"
    ),
    "gzip, chunked": headed(b"Transfer-Encoding: gzip, chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked, identity": headed(b"Transfer-Encoding: chunked, identity", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "xchunked": headed(b"Transfer-Encoding: xchunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked with a comma": headed(b"Transfer-Encoding: chunked,", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "comma and chunked": headed(b"Transfer-Encoding: ,chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked with a parameter": headed(b"Transfer-Encoding: chunked;a=b", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked in quotes": headed(b'Transfer-Encoding: "chunked"', body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked after a vertical tab": headed(b"Transfer-Encoding:\x0bchunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked before a form feed": headed(b"Transfer-Encoding: chunked\x0c", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunked between blanks": headed(b"Transfer-Encoding: \tchunked \t", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "empty coding": headed(b"Transfer-Encoding:", body=b""),
    "empty coding and a length": headed(b"Transfer-Encoding:", b"Content-Length: 2"),
    "blank before the colon of the coding": headed(b"Transfer-Encoding : chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunks in HTTP/1.0": (
        b"POST /score HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    ),
    "HTTP/0.9": b"POST /score\r\n\r\n",
    "HTTP/2.0": b"POST /score HTTP/2.0\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "HTTP/1.2": b"POST /score HTTP/1.2\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "HTTP/1.10": b"POST /score HTTP/1.10\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "HTTP in small letters": b"POST /score http/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "two blanks after the method": b"POST  /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "two blanks before the version": b"POST /score  HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "blank after the version": b"POST /score HTTP/1.1 \r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "blank before the method": b" POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "tab after the method": b"POST\t/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "blank in the target": b"POST /sc ore HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "method in small letters": b"post /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "target beyond ASCII": b"POST /sc\xf6re HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}
"""What is wrong with a head."""
SIZES: dict[str, bytes] = {
    "blank after a size": sized(b"2 "),
    "two blanks after a size": sized(b"2  "),
    "tab after a size": sized(b"2\t"),
    "blank before a size": sized(b" 2"),
    "tab before a size": sized(b"\t2"),
    "blank in a size": sized(b"0 2"),
    "blank after the last size": CHUNKED + b"2\r\n{}\r\n0 \r\n\r\n",
    "plus before a size": sized(b"+2"),
    "minus before a size": sized(b"-2"),
    "underscore in a size": sized(b"0_2"),
    "prefix of a size": sized(b"0x2"),
    "size in words": sized(b"two"),
    "empty size": sized(b""),
    "size that is an extension only": sized(b";a=b"),
    "size of many zeros": sized(b"0" * 20 + b"2"),
    "size of 16 digits": sized(b"f" * 16),
    "size of 17 digits": sized(b"f" * 17),
    "size of 64 bits and two more": sized(b"10000000000000002"),
    "size in other digits": sized("\uff12".encode()),
    "vertical tab after a size": sized(b"2\x0b"),
    "zero after a size": sized(b"2\0"),
    "quote after a size": sized(b'2"'),
    "comma after a size": sized(b"2,"),
    "bare line feed after a size": sized(b"2", end=b"\n"),
    "bare carriage return after a size": sized(b"2", end=b"\r"),
    "carriage return twice after a size": sized(b"2", end=b"\r\r\n"),
    "bare line feed in an extension": sized(b"2;a\nb"),
    "bare carriage return in an extension": sized(b"2;a\rb"),
    "zero in an extension": sized(b"2;a\0b"),
    "control character in an extension": sized(b"2;a\x01b"),
    "blank before an extension": sized(b"2 ;a=b"),
    "tab before an extension": sized(b"2\t;a=b"),
    "blank after the semicolon": sized(b"2; a=b"),
    "blank after an extension": sized(b"2;a=b "),
    "blanks around the equals sign": sized(b"2;a = b"),
    "extension that is empty": sized(b"2;"),
    "extension in quotes that do not end": sized(b'2;a="b'),
    "line end in quotes of an extension": sized(b'2;a="b\r\nc"'),
    "extension beyond ASCII": sized(b"2;a=\xe4"),
    "extension of 100 kB": sized(b"2;a=" + b"b" * 100_000),
    "chunk longer than its size": CHUNKED + b"2\r\n{}}\r\n0\r\n\r\n",
    "chunk shorter than its size": CHUNKED + b"3\r\n{}\r\n0\r\n\r\n",
    "bare line feed after a chunk": CHUNKED + b"2\r\n{}\n0\r\n\r\n",
    "bare carriage return after a chunk": CHUNKED + b"2\r\n{}\r0\r\n\r\n",
    "two line ends after a chunk": CHUNKED + b"2\r\n{}\r\n\r\n0\r\n\r\n",
    "bare line feed after the last size": CHUNKED + b"2\r\n{}\r\n0\n\r\n",
    "bare line feed at the end": CHUNKED + b"2\r\n{}\r\n0\r\n\n",
    "trailer without a colon": CHUNKED + b"2\r\n{}\r\n0\r\nabc\r\n\r\n",
    "trailer with a blank before its colon": CHUNKED + b"2\r\n{}\r\n0\r\na : b\r\n\r\n",
    "folded trailer": CHUNKED + b"2\r\n{}\r\n0\r\na: b\r\n c\r\n\r\n",
    "zero in a trailer": CHUNKED + b"2\r\n{}\r\n0\r\na: b\0c\r\n\r\n",
    "bare line feed in a trailer": CHUNKED + b"2\r\n{}\r\n0\r\na: b\nc: d\r\n\r\n",
    "bare carriage return in a trailer": CHUNKED + b"2\r\n{}\r\n0\r\na: b\rc\r\n\r\n",
    "length in a trailer": CHUNKED + b"2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n",
    "coding in a trailer": CHUNKED + b"2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
    "trailers of 100 kB": CHUNKED + b"2\r\n{}\r\n0\r\n" + b"".join(b"h%d: x\r\n" % n for n in range(10_000)) + b"\r\n",
}
"""What is wrong with the chunks of a body."""
SOUND: dict[str, bytes] = {
    "plain": headed(b"Content-Length: 2"),
    "no body": headed(body=b""),
    "length with zeros": headed(b"Content-Length: 0002"),
    "length with blanks": headed(b"Content-Length: \t 2 \t"),
    "length without a blank": headed(b"content-length:2"),
    "chunked in capital letters": headed(b"Transfer-Encoding: Chunked", body=b"2\r\n{}\r\n0\r\n\r\n"),
    "chunks": CHUNKED + b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
    "size with zeros": sized(b"002"),
    "size in capital letters": CHUNKED + b"A\r\n" + b"1" * 10 + b"\r\n000\r\n\r\n",
    "extension": sized(b"2;a=b"),
    "extension in quotes": sized(b'2;a="b;c"'),
    "two extensions": sized(b"2;a;b=c"),
    "extension of 2 kB": sized(b"2;a=" + b"b" * 2000),
    "extension of the last size": CHUNKED + b"2\r\n{}\r\n0;a=b\r\n\r\n",
    "trailer": CHUNKED + b"2\r\n{}\r\n0\r\na: b\r\n\r\n",
    "empty value": headed(b"X:", b"Content-Length: 2"),
    "value beyond ASCII": headed(b"X: \xe4", b"Content-Length: 2"),
    "line ends before": b"\r\n\r\n" + headed(b"Content-Length: 2"),
    "absolute target": b"POST http://localhost/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}",
    "HTTP/1.0": b"POST /score HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}",
}
"""Unusual, and right."""
IN_FRONT = {
    "two blanks after the method",
    "two blanks before the version",
    "size of many zeros",
    "size of 16 digits",
    "extension of 100 kB",
}
"""What is refused in front of a service although the parser of one takes it, or waits for more of it."""
WAITED_FOR = {"size of 16 digits", "size of 17 digits", "size of 64 bits and two more"}
"""Sizes of which a parser that takes them waits for all the bytes."""
ALL = {**HEADS, **SIZES, **SOUND}
