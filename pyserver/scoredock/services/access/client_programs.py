"""Small programs that call a service, one for each language. Keys are never written into them."""

from __future__ import annotations

import json
import pprint
import shlex
from collections.abc import Callable, Mapping

from scoredock.late_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class CalledService:
    """Facts about a service from which a client program is written."""

    service: str
    uri: str
    """With the query of a GET."""
    swagger: str
    method: str
    content_type: str
    body: str
    """Text, or Base64 of bytes that are none."""
    is_base64: bool
    variable: str
    """Environment variable with the key or token; empty where the service asks for none."""

    @property
    def head(self) -> list[str]:
        """Comments that say what it is."""
        comments = [f"Calls the service {self.service}.", f"Its Swagger: {self.swagger}"]
        if self.variable:
            kind = "key" if self.variable == "SERVICE_KEY" else "token"
            comments.append(f"Set the environment variable {self.variable} to the {kind} of the service.")
        return comments


def _quoted(text: str) -> str:
    """A text in double quotes, as C#, Java and JavaScript take it."""
    return json.dumps(text)


def _comments(facts: CalledService, mark: str) -> str:
    return "".join(f"{mark} {line}\n" for line in facts.head)


def _python(facts: CalledService) -> str:
    lines = ["import os"] if facts.variable else []
    lines = [*(["import base64"] if facts.is_base64 else []), *(["import json"] if _is_json(facts) else []), *lines]
    lines += ["import sys", "import urllib.error", "import urllib.request", ""]
    lines.append(f"uri = {facts.uri!r}")
    if _is_json(facts):
        lines += [f"data = {pprint.pformat(json.loads(facts.body), width=100, sort_dicts=False)}", ""]
        body = "json.dumps(data).encode()"
    elif facts.is_base64:
        body = f"base64.b64decode({facts.body!r})"
    else:
        body = f"{facts.body!r}.encode()"
    headers = [f'"Content-Type": {facts.content_type!r}'] if facts.method != "GET" else []
    if facts.variable:
        headers.append(f'"Authorization": f"Bearer {{os.environ[\'{facts.variable}\']}}"')
    lines.append(f"headers = {{{', '.join(headers)}}}")
    data = "None" if facts.method == "GET" else body
    lines += [
        f"request = urllib.request.Request(uri, {data}, headers, method={facts.method!r})",
        "try:",
        "    with urllib.request.urlopen(request) as response:",
        "        print(response.read().decode())",
        "except urllib.error.HTTPError as error:",
        '    sys.exit(f"{error.code}: {error.read().decode()}")',
    ]
    return _comments(facts, "#") + "\n".join(lines) + "\n"


def _is_json(facts: CalledService) -> bool:
    """True if the body can stand in the program as a value."""
    if facts.is_base64 or facts.method == "GET":
        return False
    try:
        value = json.loads(facts.body)
    except (ValueError, RecursionError):
        return False
    return "NaN" not in facts.body and "Infinity" not in facts.body and value is not None


def _csharp(facts: CalledService) -> str:
    content = (
        f"Convert.FromBase64String({_quoted(facts.body)})"
        if facts.is_base64
        else (f"Encoding.UTF8.GetBytes({_quoted(facts.body)})")
    )
    kind = facts.content_type
    body = (
        ""
        if facts.method == "GET"
        else f"""
            request.Content = new ByteArrayContent({content});
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse({_quoted(kind)});"""
    )
    header = (
        f"""
            var credential = Environment.GetEnvironmentVariable("{facts.variable}");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", credential);"""
        if facts.variable
        else ""
    )
    method = "Get" if facts.method == "GET" else "Post"
    return f"""{_comments(facts, "//")}using System;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Tasks;

static class Program
{{
    static int Main()
    {{
        return CallAsync().GetAwaiter().GetResult();
    }}

    static async Task<int> CallAsync()
    {{
        using (var client = new HttpClient())
        using (var request = new HttpRequestMessage(HttpMethod.{method}, {_quoted(facts.uri)}))
        {{{header}{body}
            using (var response = await client.SendAsync(request))
            {{
                var text = await response.Content.ReadAsStringAsync();
                if (response.IsSuccessStatusCode)
                {{
                    Console.WriteLine(text);
                    return 0;
                }}
                Console.Error.WriteLine((int)response.StatusCode + ": " + text);
                return 1;
            }}
        }}
    }}
}}
"""


def _java(facts: CalledService) -> str:
    bytes_of = (
        f"HttpRequest.BodyPublishers.ofByteArray(Base64.getDecoder().decode({_quoted(facts.body)}))"
        if facts.is_base64
        else f"HttpRequest.BodyPublishers.ofString({_quoted(facts.body)})"
    )
    lines = [f"HttpRequest.Builder request = HttpRequest.newBuilder(URI.create({_quoted(facts.uri)}));"]
    if facts.variable:
        lines.append(f'request.header("Authorization", "Bearer " + System.getenv("{facts.variable}"));')
    if facts.method == "GET":
        lines.append("request.GET();")
    else:
        lines.append(f'request.header("Content-Type", {_quoted(facts.content_type)});')
        lines.append(f"request.POST({bytes_of});")
    lines += [
        "HttpResponse<String> response =",
        "        HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());",
        "if (response.statusCode() >= 400) {",
        '    System.err.println(response.statusCode() + ": " + response.body());',
        "    System.exit(1);",
        "}",
        "System.out.println(response.body());",
    ]
    body = "\n".join(f"        {line}" for line in lines)
    imports = ["java.net.URI", "java.net.http.HttpClient", "java.net.http.HttpRequest", "java.net.http.HttpResponse"]
    imports += ["java.util.Base64"] if facts.is_base64 else []
    head = "".join(f"import {each};\n" for each in imports)
    return f"""{_comments(facts, "//")}{head}
public class ScoreClient {{
    public static void main(String[] arguments) throws Exception {{
{body}
    }}
}}
"""


def _go(facts: CalledService) -> str:
    text = json.dumps(facts.body, ensure_ascii=False)
    imports = ["fmt", "io", "net/http", "os"]
    lines: list[str] = []
    if facts.method == "GET":
        body = "nil"
    elif facts.is_base64:
        imports += ["bytes", "encoding/base64"]
        lines += [f"\tcontent, err := base64.StdEncoding.DecodeString({text})", *_GO_CHECK]
        body = "bytes.NewReader(content)"
    else:
        imports.append("strings")
        body = f"strings.NewReader({text})"
    lines += [f"\trequest, err := http.NewRequest({_quoted(facts.method)}, {_quoted(facts.uri)}, {body})", *_GO_CHECK]
    if facts.method != "GET":
        lines.append(f'\trequest.Header.Set("Content-Type", {_quoted(facts.content_type)})')
    if facts.variable:
        lines.append(f'\trequest.Header.Set("Authorization", "Bearer "+os.Getenv("{facts.variable}"))')
    lines += [
        "\tresponse, err := http.DefaultClient.Do(request)",
        *_GO_CHECK,
        "\tdefer response.Body.Close()",
        "\tanswer, err := io.ReadAll(response.Body)",
        *_GO_CHECK,
        "\tif response.StatusCode >= 400 {",
        '\t\tfmt.Fprintf(os.Stderr, "%d: %s\\n", response.StatusCode, answer)',
        "\t\tos.Exit(1)",
        "\t}",
        "\tfmt.Println(string(answer))",
    ]
    head = "".join(f'\t"{each}"\n' for each in sorted(imports))
    body_text = "\n".join(lines)
    return f"{_comments(facts, '//')}package main\n\nimport (\n{head})\n\nfunc main() {{\n{body_text}\n}}\n"


_GO_CHECK = ("\tif err != nil {", "\t\tpanic(err)", "\t}")


def _javascript(facts: CalledService) -> str:
    headers = [f'"Content-Type": {_quoted(facts.content_type)}'] if facts.method != "GET" else []
    if facts.variable:
        headers.append(f"Authorization: `Bearer ${{process.env.{facts.variable}}}`")
    options = [f"method: {_quoted(facts.method)}", f"headers: {{ {', '.join(headers)} }}" if headers else "headers: {}"]
    if facts.is_base64:
        options.append(f'body: Buffer.from({_quoted(facts.body)}, "base64")')
    elif _is_json(facts):
        options.append(f"body: JSON.stringify({json.dumps(json.loads(facts.body))})")
    elif facts.method != "GET":
        options.append(f"body: {_quoted(facts.body)}")
    written = "".join(f"    {each},\n" for each in options)
    return f"""{_comments(facts, "//")}async function main() {{
  const response = await fetch({_quoted(facts.uri)}, {{
{written}  }});
  const text = await response.text();
  if (!response.ok) {{
    console.error(`${{response.status}}: ${{text}}`);
    process.exit(1);
  }}
  console.log(text);
}}

main();
"""


def _curl(facts: CalledService) -> str:
    """A line for a shell as POSIX has it."""
    words = [
        "curl --fail-with-body --silent --show-error --write-out '\\n'",
        f"-X {facts.method} {shlex.quote(facts.uri)}",
    ]
    if facts.method != "GET":
        words.append(f"-H {shlex.quote(f'Content-Type: {facts.content_type}')}")
        words.append(f"--data-binary {'@-' if facts.is_base64 else shlex.quote(facts.body)}")
    if facts.variable:
        words.append(f'-H "Authorization: Bearer ${facts.variable}"')
    given = f"printf %s {shlex.quote(facts.body)} | base64 -d | " if facts.is_base64 else ""
    return _comments(facts, "#") + given + " \\\n  ".join(words) + "\n"


LANGUAGES: Mapping[str, tuple[str, Callable[[CalledService], str]]] = {
    "python": ("score_client.py", _python),
    "csharp": ("ScoreClient.cs", _csharp),
    "java": ("ScoreClient.java", _java),
    "go": ("score_client.go", _go),
    "javascript": ("scoreClient.js", _javascript),
    "curl": ("score_client.sh", _curl),
}
