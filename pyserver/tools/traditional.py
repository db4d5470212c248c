"""Traditional Chinese, made from Simplified by OpenCC with the terms that Microsoft's products use in Taiwan."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
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
    ("注冊", "註冊"),
    ("構建", "建置"),
    ("程式碼塊", "程式碼區塊"),
    ("賦其他值", "指派其他值"),
    ("發送", "傳送"),
    ("驅動器", "磁碟機"),
    ("訪達", "Finder"),
    ("掛鉤", "勾點"),
    ("中的程式碼顯示", "中的代碼顯示"),
    ("某行", "某列"),
    ("所在行", "所在列"),
    ("該行的其他操作", "該列的其他操作"),
    ("選擇該行", "選擇該列"),
    ("獲取", "取得"),
    ("全域性", "全域"),
    ("密碼短語", "複雜密碼"),
    ("縮放方式", "調整方式"),
    ("使用者分配", "使用者指派"),
    ("日志", "日誌"),
    ("天后", "天後"),
    ("隻", "只"),
    ("臺", "台"),
    ("標題欄", "標題列"),
    ("釋出", "發行"),
    ("臨時檔案", "暫存檔案"),
    ("選單", "功能表"),
    ("管道", "管線"),
    ("錯誤程式碼", "錯誤碼"),
    ("狀態程式碼", "狀態碼"),
    ("日誌檔案", "記錄檔"),
    ("日誌", "記錄"),
    ("記錄到記錄", "寫入記錄"),
    ("演練", "逐步解說"),
    ("當前", "目前"),
    ("更改", "變更"),
    ("回滾", "回復"),
    ("撤消", "復原"),
    ("打包", "封裝"),
    ("拉取", "提取"),
    ("選項卡", "索引標籤"),
    ("運維", "維運"),
    ("反序列化", "還原序列化"),
    ("轉到", "移至"),
    ("鍵入", "輸入"),
    ("查明", "找出"),
    ("未找到", "找不到"),
    ("常規", "一般"),
    ("概述", "概觀"),
    ("依次", "依序"),
    ("按原樣", "依原樣"),
    ("轉義", "逸出"),
    ("拼寫", "拼字"),
    ("單詞", "字詞"),
    ("短劃線", "連字號"),
    ("短橫線", "連字號"),
    ("連字元", "連字號"),
    ("守護程式", "精靈"),
    ("上下文", "內容"),
    ("映象", "鏡像"),
    ("特選", "精選"),
    ("簽名", "簽章"),
    ("輔助金鑰", "次要金鑰"),
    ("容器組", "容器群組"),
    ("檔案管理器", "檔案管理員"),
    ("身份", "身分"),
    ("空閒", "可用"),
    ("體系結構", "架構"),
    ("頒發", "簽發"),
    ("續訂金鑰", "更新金鑰"),
    ("份額", "比例"),
    ("自動縮放", "自動調整規模"),
    ("金鑰保管庫", "金鑰保存庫"),
    ("無法計劃", "無法排程"),
    ("已計劃", "已排程"),
    ("活動工作區", "使用中的工作區"),
    ("向上舍入", "無條件進位"),
    ("分配版本", "指派版本"),
    ("應用快速", "套用快速"),
    ("應用到", "套用到"),
    ("應用於", "套用於"),
    ("報告", "回報"),
    ("錯誤回報", "錯誤報告"),
    ("“", "「"),
    ("”", "」"),
)
"""What OpenCC leaves or gives otherwise, in the order of replacement."""
_PATTERNS = (
    (re.compile(r"不活動"), "非使用中"),
    (re.compile(r"(?:^|(?<=\*))中的行"), "中的列"),
    (re.compile(r"\b活動\b"), "使用中"),
    (re.compile(r"(?<![暫儲保])存檔(?!案)"), "封存檔"),
    (re.compile(r"(?<!中)斷點"), "中斷點"),
    (re.compile(r"呼叫方(?![法式])"), "呼叫端"),
    (re.compile(r"(?<![區網])域名(?!稱)"), "網域名稱"),
    (re.compile(r"新建(?=[專檔])"), "新增"),
    (re.compile(r"迭代(?!器)"), "反覆運算"),
    (re.compile(r"可選(?![擇取])"), "選用"),
    (re.compile(r"(?<![料藏倉存程式檔])庫"), "程式庫"),
    (re.compile(r"終端(?![機節點])"), "終端機"),
    (re.compile(r"主機名(?!稱)"), "主機名稱"),
    (re.compile(r"(?<=[的該個中])類(?![型別似])"), "類別"),
    (re.compile(r"(?<=有問題的)項(?!目)"), "項目"),
    (re.compile(r"按(?!一下|[鈕鍵下住]|[ `*]*(?:Enter|Ctrl|Esc|F\d|⌘|Tab|Shift|Delete|$))"), "依"),
    (re.compile(r"(?<!連接)埠"), "連接埠"),
    (re.compile(r"(?<![打背封書])包(?![含括裝裹圍覆])"), "套件"),
    (re.compile(r"(?<!來)源目錄"), "來源目錄"),
    (re.compile(r"生成(?=環境|映像|日誌| ?\{image\})"), "建置"),
    (re.compile(r"生成"), "產生"),
    (
        re.compile(r"(?<=→ )產生|(?<=環境只)產生|(?<=已)產生(?=的[^。]{0,8}環境)|(?<=中的)產生|(?<=可以再次)產生"),
        "建置",
    ),
    (re.compile(r"執行時(?=會將|隨附|的約定)"), "執行階段"),
    (re.compile(r"卷(?!積)"), "磁碟區"),
    (re.compile(r"(?<![未沒全都已])通過(?![檢測\u3002\uff0c])"), "透過"),
)
"""The same, where what stands around decides."""
_BY_ENGLISH = (
    (re.compile(r"^(?!.*generat).*\b(?:re)?buil[dt]", re.I | re.S), re.compile(r"產生"), "建置"),
    (re.compile(r"^(?!.*\bargument).*\bparameter", re.I | re.S), re.compile(r"引數"), "參數"),
    (re.compile(r"\b(?:\w+Identity|identit(?:y|ies))\b", re.I), re.compile(r"標識"), "身分識別"),
    (re.compile(r"^(?!.*\blist).*\bmanifest", re.I | re.S), re.compile(r"清單"), "資訊清單"),
    (re.compile(r"\bruntime\b", re.I), re.compile(r"執行時(?!間)"), "執行階段"),
    (re.compile(r"\bappl(?:y|ied)\b|expected", re.I), re.compile(r"(?<!回)應用(?!程式)"), "套用"),
    (re.compile(r"\bcolumn", re.I), re.compile(r"列(?![表出印入舉為])"), "欄"),
    (re.compile(r"^(?!.*\blines?\b).*\brows?\b", re.I | re.S), re.compile(r"(?<![執進運])行(?![為李程號])"), "列"),
    (
        re.compile(r"\b(?:status|exit|error) codes?\b|\bcodes? (?:is|of)\b|lists? of codes|the codes?\b|^Code$", re.I),
        re.compile(r"程式碼"),
        "代碼",
    ),
)
"""English text, what is then meant by a word of Simplified Chinese that has two meanings, and the word of Taiwan."""
_MARKED = re.compile(r"((?<=\*)[^*|\n]+(?=\*)|(?<=\| )[^*|\n]+(?= \|))")
_CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)


def traditional(text: str, english: str = "") -> str:
    """A sentence of Simplified Chinese in Traditional Chinese. Some words are chosen by the English text, if given."""
    text = _converter().convert(text.replace("查找", "寻找"))
    for ours, theirs in _TERMS:
        text = text.replace(ours, theirs)
    for pattern, term in _PATTERNS:
        text = pattern.sub(term, text)
    for condition, pattern, term in _BY_ENGLISH:
        if condition.search(english):
            text = pattern.sub(term, text)
    return text


def catalog(text: str, english: Mapping[str, str] | None = None) -> str:
    """A JSON file of translations: the keys stay as they are. They are the English texts, or `english` has these."""
    simplified: dict[str, str] = json.loads(text)
    turned = {key: traditional(sentence, (english or {}).get(key, key)) for key, sentence in simplified.items()}
    return f"{json.dumps(turned, ensure_ascii=False, indent=_indent(text))}\n"


def page(text: str, titles: Mapping[str, str] | None = None) -> str:
    """A page of Markdown: what is code stays as it is, links lead to pages of the same language, and titles in a cell
    of a table or between asterisks are those that the editor shows."""
    pieces = (each if each.startswith("`") else _prose(each, titles or {}) for each in _CODE.split(text))
    return "".join(pieces).replace("zh-cn/", "zh-tw/")


def _prose(text: str, titles: Mapping[str, str]) -> str:
    pieces = _MARKED.split(text)
    return "".join(titles.get(piece) or traditional(piece, "parameter") for piece in pieces)


def _indent(text: str) -> int:
    """Spaces of the first level, so that both files look alike."""
    spaces = re.search(r"^ +", text, re.MULTILINE)
    return len(spaces.group()) if spaces else 2


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2twp")
