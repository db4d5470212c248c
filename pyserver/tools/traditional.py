"""Traditional Chinese, made from Simplified by OpenCC with the terms that Microsoft's products use in Taiwan."""

from __future__ import annotations

import json
import re
from functools import cache

import opencc

_TERMS = (
    ("終結點", "端點"),
    ("單元格", "儲存格"),
    ("命令面板", "命令選擇區"),
    ("除錯", "偵錯"),
    ("會話", "工作階段"),
    ("令牌", "權杖"),
    ("密鑰", "金鑰"),
    ("證書", "憑證"),
    ("憑據", "認證"),
    ("許可權", "權限"),
    ("回收站", "資源回收筒"),
    ("資源管理器", "檔案總管"),
    ("軟體包", "套件"),
    ("擴充套件", "延伸模組"),
    ("登錄檔", "登錄"),
    ("工具欄", "工具列"),
    ("側欄", "側邊欄"),
    ("快速修復", "快速修正"),
    ("身份驗證", "驗證"),
    ("資源組", "資源群組"),
    ("計算機", "電腦"),
    ("一臺", "一部"),
    ("客戶端", "用戶端"),
    ("協議", "通訊協定"),
    ("地址", "位址"),
    ("訪問", "存取"),
    ("響應", "回應"),
    ("超時", "逾時"),
    ("重啟", "重新啟動"),
    ("程序", "處理序"),
    ("併發", "並行"),
    ("評分執行時", "評分執行階段"),
    ("推理配置", "推斷設定"),
    ("推理", "推斷"),
    ("部署配置", "部署設定"),
    ("配置", "設定"),
    ("示例", "範例"),
    ("列表", "清單"),
    ("資料幀", "資料框架"),
    ("批處理", "批次"),
    ("文本檔案", "文字檔"),
    ("文本", "文字"),
    ("佔位符", "預留位置"),
    ("下劃線", "底線"),
    ("尾隨", "結尾"),
    ("註釋", "註解"),
    ("表示式", "運算式"),
    ("賦值", "指派"),
    ("異常", "例外狀況"),
    ("內容型別", "內容類型"),
    ("型別", "類型"),
    ("返回", "傳回"),
    ("替換", "取代"),
    ("搜索", "搜尋"),
    ("加載", "載入"),
    ("腳本", "指令碼"),
    ("校驗和", "總和檢查碼"),
    ("克隆", "複製"),
    ("依賴項", "相依性"),
    ("右鍵單擊", "以滑鼠右鍵按一下"),
    ("單擊", "按一下"),
    ("懸停", "暫留"),
    ("聯機", "線上"),
    ("群集", "叢集"),
    ("名稱空間", "命名空間"),
    ("套接字", "通訊端"),
    ("例項", "執行個體"),
    ("本地", "本機"),
    ("退出程式碼", "結束代碼"),
    ("上級資料夾", "上層資料夾"),
    ("偵聽", "接聽"),
    ("匹配", "相符"),
    ("正文", "本文"),
    ("引用", "參考"),
    ("只讀", "唯讀"),
    ("丟失", "遺失"),
    ("跟蹤", "追蹤"),
    ("自帶", "隨附"),
    ("併為", "並為"),
    ("“", "「"),
    ("”", "」"),
)
"""What OpenCC leaves or gives otherwise, in the order of replacement."""
_PATTERNS = (
    (re.compile(r"(?<!連接)埠"), "連接埠"),
    (re.compile(r"(?<![打背封書])包(?![含括裝裹圍覆])"), "套件"),
    (re.compile(r"(?<!來)源目錄"), "來源目錄"),
    (re.compile(r"生成(?=環境|映像|日誌| ?\{image\})"), "建置"),
    (re.compile(r"生成"), "產生"),
    (re.compile(r"卷(?!積)"), "磁碟區"),
    (re.compile(r"(?<![未沒全都已])通過(?![檢測\u3002\uff0c])"), "透過"),
)
"""The same, where what stands around decides."""
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)


def traditional(text: str) -> str:
    """A sentence of Simplified Chinese in Traditional Chinese."""
    text = _converter().convert(text)
    for ours, theirs in _TERMS:
        text = text.replace(ours, theirs)
    for pattern, term in _PATTERNS:
        text = pattern.sub(term, text)
    return text


def catalog(text: str) -> str:
    """A JSON file of translations: the keys stay as they are."""
    simplified: dict[str, str] = json.loads(text)
    turned = {key: traditional(sentence) for key, sentence in simplified.items()}
    return f"{json.dumps(turned, ensure_ascii=False, indent=_indent(text))}\n"


def page(text: str) -> str:
    """A page of Markdown: what is code stays as it is, links lead to pages of the same language."""
    pieces = (each if each.startswith("`") else traditional(each) for each in _CODE.split(text))
    return "".join(pieces).replace("zh-cn/", "zh-tw/")


def _indent(text: str) -> int:
    """Spaces of the first level, so that both files look alike."""
    spaces = re.search(r"^ +", text, re.MULTILINE)
    return len(spaces.group()) if spaces else 2


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2twp")
